import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { Projector, projectorParameters } from './projector.js';

const seeded = (seed = 1) => {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
};
const sizes = { inputSize: 3, hiddenSize: 5, bottleneckSize: 2, outputSize: 3 };
const tokens = tf.tensor2d([1, -2, 0.5, 0.3, 4, -1], [2, 3]);

function set(projector: Projector, name: string, values: number[]): void {
  const variable = projector.parameters.get(name);
  tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
}

it('gives the cosines between the bottleneck and the weight vector of each output', () => {
  const projector = new Projector(sizes); // weights of zero: the bottleneck is its bias
  set(projector, 'mlp.4.bias', [3, 4]);
  set(projector, 'last_layer.weight_v', [1, 0, 6, 0, 2, 8]); // columns (1, 0), (0, 2), (6, 8)
  const cosines = [0.6, 0.8, 1];
  projector
    .project(tokens)
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(cosines[i % 3]!, 6);
    });
  set(projector, 'last_layer.weight_g', [1, 2, -3]);
  [0.6, 1.6, -3].forEach((expected, i) => {
    expect(projector.project(tokens).dataSync()[i]).toBeCloseTo(expected, 5);
  });
  projector.dispose();
});

it('passes through two hidden layers with GELU', () => {
  const projector = new Projector({ inputSize: 1, hiddenSize: 1, bottleneckSize: 2, outputSize: 2 });
  set(projector, 'mlp.0.weight', [1]);
  set(projector, 'mlp.2.weight', [1]);
  set(projector, 'mlp.4.weight', [1, 0]);
  set(projector, 'mlp.4.bias', [0, 1]);
  set(projector, 'last_layer.weight_v', [1, 0, 0, 1]);
  // gelu(1) = 0.8413447, gelu of that = 0.8413447 · Φ(0.8413447) = 0.8413447 · 0.7999225
  const bottleneck = 0.8413447 * 0.7999225;
  const [a, b] = projector.project(tf.tensor2d([[1]])).dataSync();
  expect(a! / b!).toBeCloseTo(bottleneck, 5);
  expect(Math.hypot(a!, b!)).toBeCloseTo(1, 5);
  projector.dispose();
});

it('is not changed by the length of weight vectors, which gradients therefore leave alone', () => {
  const projector = new Projector(sizes, seeded());
  const direction = projector.parameters.get('last_layer.weight_v');
  const before = projector.project(tokens).dataSync();
  for (const value of before) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-5);
  const { grads } = tf.variableGrads(
    () => tf.sum(tf.square(projector.project(tokens))) as tf.Scalar,
    [...projector.parameters.trainable().values()],
  );
  expect(Object.keys(grads).length).toBe(7); // all but the gain
  const along = tf.sum(tf.mul(grads[direction.name]!, direction), 0).dataSync();
  for (const value of along) expect(value).toBeCloseTo(0, 5);
  direction.assign(tf.mul(direction, 5));
  projector
    .project(tokens)
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(before[i]!, 5);
    });
  projector.dispose();
});

it('starts from the seeded source: deviation 0.02, biases 0, gains 1', () => {
  const [a, b] = [new Projector({ ...sizes, hiddenSize: 40 }, seeded()), new Projector({ ...sizes, hiddenSize: 40 }, seeded())];
  expect(a.project(tokens).arraySync()).toEqual(b.project(tokens).arraySync());
  const values = a.parameters.get('mlp.2.weight').dataSync() as Float32Array;
  // Cut off at ±2, so in effect not.
  expect(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)).toBeCloseTo(0.02, 3);
  expect([...a.parameters.get('mlp.4.bias').dataSync()]).toEqual([0, 0]);
  expect([...a.parameters.get('last_layer.weight_g').dataSync()]).toEqual([1, 1, 1]);
  expect(a.parameters.trainable().has('last_layer.weight_g')).toBe(false);
  a.dispose();
  b.dispose();
});

it('has the sizes of the reference program unless told', () => {
  const shapes = Object.fromEntries(projectorParameters({ inputSize: 192 }).map(({ name, shape }) => [name, shape]));
  expect(shapes).toMatchObject({
    'mlp.0.weight': [192, 2048],
    'mlp.2.weight': [2048, 2048],
    'mlp.4.weight': [2048, 256],
    'last_layer.weight_v': [256, 1024],
    'last_layer.weight_g': [1024, 1],
  });
});

it('leaves one tensor behind, and none when disposed of', () => {
  const empty = tf.memory().numTensors;
  const projector = new Projector(sizes, seeded());
  const before = tf.memory().numTensors;
  projector.project(tokens).dispose();
  tf.dispose(tf.variableGrads(() => tf.sum(projector.project(tokens)) as tf.Scalar, [...projector.parameters.trainable().values()]));
  expect(tf.memory().numTensors).toBe(before);
  projector.dispose();
  expect(tf.memory().numTensors).toBe(empty);
});

it('names tokens of another size', () => {
  const projector = new Projector(sizes);
  expect(() => projector.project(tf.ones([2, 4]))).toThrow(/x \[2,4\] does not fit weight \[3,5\]/);
  projector.dispose();
});
