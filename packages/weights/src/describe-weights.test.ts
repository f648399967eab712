import { expect, it } from 'vitest';
import { describeWeights } from './describe-weights.js';
import type { WeightsFile } from './weights-content.js';

const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
const file = (tensors: WeightsFile['tensors']): WeightsFile => ({
  format: 'NumPy',
  bytes: 0,
  tensors,
  metadata: {},
  types: new Map([['a', 'f16']]),
  integers: new Map(),
  opaque: new Map(),
});

it('tells ranges, of what is finite', () => {
  const tensors = new Map([
    ['a', { shape: [2, 2], data: Float32Array.of(1, Number.NaN, -3, 5) }],
    ['b', { shape: [1], data: Float32Array.of(Number.POSITIVE_INFINITY) }],
    ['c', { shape: [0], data: new Int32Array(0) }],
  ]);
  expect(describeWeights(file(tensors), { source: 'w.npz' })).toEqual({
    tensors: [
      { name: 'a', stored: 'f16', shape: [2, 2], minimum: -3, mean: 1, maximum: 5, notFinite: 1 },
      { name: 'b', shape: [1], notFinite: 1 },
      { name: 'c', shape: [0], notFinite: 0 },
    ],
    ...{ values: 5, notFinite: 2, opaque: {}, noEncoder: expect.stringMatching(/^w\.npz holds no vision transformer/) },
  });
});

it('tells the sizes of an encoder', () => {
  const tensors = new Map([
    ['x.patch_embed.proj.weight', tensor(6, 3, 4, 4)],
    ['x.pos_embed', tensor(1, 10, 6)],
    ['x.blocks.10.norm1.weight', tensor(6)],
  ]);
  expect(describeWeights(file(tensors)).encoder).toEqual({
    ...{ naming: 'timm', prefix: 'x.', distilled: false, embedSize: 6, depth: 11, patchSize: 4, imageSize: 12 },
  });
});

it('tells integers exactly, and what is not read', () => {
  const wide = { shape: [2], data: BigInt64Array.of(2n ** 60n + 1n, -3n) };
  const described = describeWeights({
    ...file(new Map([['a', { shape: [1], data: Int32Array.of(123_456_789) }]])),
    integers: new Map([['steps', wide]]),
    opaque: new Map([['args', 'argparse.Namespace']]),
  });
  expect(described.tensors).toMatchObject([
    { name: 'a', minimum: 123_456_789 },
    { name: 'steps', shape: [2], minimum: -3, maximum: '1152921504606846977', mean: 2 ** 59 },
  ]);
  expect([described.values, described.opaque]).toEqual([3, { args: 'argparse.Namespace' }]);
});
