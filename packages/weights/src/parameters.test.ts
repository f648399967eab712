import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { Parameters } from './parameters.js';
import { fromTorch, matchStateDict, type ParameterSpec, torchShape, toTorch } from './state-dict.js';

const specs: ParameterSpec[] = [
  { name: 'fc.weight', shape: [3, 2], layout: 'linear', init: { kind: 'truncatedNormal', std: 0.1 } },
  { name: 'fc.bias', shape: [2], layout: 'same' },
  { name: 'norm.weight', shape: [2], layout: 'same', init: { kind: 'ones' }, trainable: false },
];
const state = () =>
  new Map([
    ['fc.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['fc.bias', { shape: [2], data: Float32Array.of(7, 8) }],
    ['norm.weight', { shape: [2], data: Float32Array.of(9, 10) }],
  ]);

it('transposes a linear weight once, when it is read, and back when it is written', async () => {
  const parameters = new Parameters(specs);
  parameters.load(state());
  expect(parameters.get('fc.weight').arraySync()).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  expect(await parameters.toStateDict()).toEqual(state());
  expect([...parameters.trainable().keys()]).toEqual(['fc.weight', 'fc.bias']);
  expect(parameters.size).toBe(10);
  const before = tf.memory().numTensors;
  parameters.dispose();
  expect(tf.memory().numTensors).toBe(before - 3);
});

it('rearranges convolutions and patch embeddings', () => {
  const conv: ParameterSpec = { name: 'c', shape: [1, 2, 2, 3], layout: 'conv2d' }; // [kh, kw, in, out]
  expect(torchShape(conv)).toEqual([3, 2, 1, 2]);
  const torch = Float32Array.from({ length: 12 }, (_, i) => i); // [out][in][kh][kw]
  const ours = fromTorch(torch, conv);
  expect(ours[0 * 6 + 1 * 3 + 2]).toBe(2 * 4 + 1 * 2 + 0); // kw 0, in 1, out 2
  expect(toTorch(ours, conv)).toEqual(torch);
  const patch: ParameterSpec = { name: 'p', shape: [12, 1], layout: 'patch' };
  expect(torchShape(patch)).toEqual([1, 3, 2, 2]);
  expect([...fromTorch(torch, patch)]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]); // (row, column, channel)
});

it('initializes from the seeded source alone', () => {
  const draw = () => {
    let state = 1;
    return () => (state = (state * 16807) % 2147483647) / 2147483647;
  };
  const [a, b] = [new Parameters(specs, draw()), new Parameters(specs, draw())];
  const values = a.get('fc.weight').dataSync();
  expect(values).toEqual(b.get('fc.weight').dataSync());
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.2);
  expect(new Set(values).size).toBe(6);
  expect([...a.get('norm.weight').dataSync()]).toEqual([1, 1]);
  a.dispose();
  b.dispose();
});

it('names missing, unexpected and wrongly shaped tensors, and changes nothing then', () => {
  const wrong = state();
  wrong.delete('fc.bias');
  wrong.set('head.weight', { shape: [1], data: Float32Array.of(0) });
  wrong.set('fc.weight', { shape: [3, 2], data: new Float32Array(6) });
  const parameters = new Parameters(specs);
  const load = () => parameters.load(wrong, { source: 'vit.safetensors' });
  expect(load).toThrow(/vit\.safetensors does not fit the model/);
  expect(load).toThrow(
    /missing \(fc\.bias\).*not part of the model \(head\.weight\).*fc\.weight has shape \[3,2\], the model needs \[2,3\]/,
  );
  expect([...parameters.get('norm.weight').dataSync()]).toEqual([1, 1]);
  parameters.dispose();
  expect(() => matchStateDict(specs.slice(1, 2), new Map([['fc.bias', { shape: [2], data: Int32Array.of(1, 2) }]]))).toThrow(
    /1 tensor of another shape or type \(fc\.bias holds integers, the model needs floats\)/,
  );
  const lenient = matchStateDict(specs.slice(1), wrong, { ignore: ['head.', 'fc.weight'], optional: ['fc.bias'] });
  expect([...lenient.keys()]).toEqual(['norm.weight']);
});

it('refuses two parameters of one name, and leaves nothing behind', () => {
  const before = tf.memory().numTensors;
  expect(() => new Parameters([...specs, specs[1]!])).toThrow(/two parameters are called fc\.bias/);
  expect(tf.memory().numTensors).toBe(before);
});

it('transposes matrices that are larger than a block, and of any sides', () => {
  const spec: ParameterSpec = { name: 'w', shape: [70, 33], layout: 'linear' };
  const data = Float32Array.from({ length: 70 * 33 }, (_, i) => i);
  const there = fromTorch(data, spec); // [33, 70] → [70, 33]
  expect([there[0], there[1], there[33], there[69 * 33 + 32]]).toEqual([0, 70, 1, 32 * 70 + 69]);
  expect(toTorch(there, spec)).toEqual(data);
});

it("draws first values as PyTorch's trunc_normal_ does, cut at ±2, not at two deviations", async () => {
  let state = 1;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const draw = async (std: number) => {
    const parameters = new Parameters([{ name: 'w', shape: [400, 500], layout: 'linear', init: { kind: 'truncatedNormal', std } }], random);
    const values = (await parameters.get('w').data()) as Float32Array;
    parameters.dispose();
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    return {
      mean: moment(1),
      std: Math.sqrt(moment(2) - moment(1) ** 2),
      kurtosis: moment(4) / moment(2) ** 2,
      most: values.reduce((a, b) => Math.max(a, b)),
    };
  };
  const small = await draw(0.02); // in effect not cut: that of torch 2.13 over as many draws has 0.02000 and 3.00
  expect(Math.abs(small.mean)).toBeLessThan(2e-4);
  expect(Math.abs(small.std / 0.02 - 1)).toBeLessThan(0.01);
  expect(Math.abs(small.kurtosis / 3 - 1)).toBeLessThan(0.02);
  expect(small.most).toBeGreaterThan(0.07);
  const wide = await draw(2); // cut at one deviation: variance 4 · (1 − 2·φ(1) / (2·Φ(1) − 1)) = 1.165
  expect(wide.most).toBeLessThanOrEqual(2);
  expect(Math.abs(wide.std / Math.sqrt(1.1645) - 1)).toBeLessThan(0.01);
});
