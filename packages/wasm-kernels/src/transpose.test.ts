import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { mergedTransposition } from './transpose.js';

describe('mergedTransposition', () => {
  it.each([
    [[2, 3, 4], [0, 1, 2], [24], [0]],
    [
      [2, 3, 4],
      [2, 0, 1],
      [6, 4],
      [1, 0],
    ],
    [
      [2, 1, 3, 4, 5],
      [0, 2, 1, 4, 3],
      [6, 4, 5],
      [0, 2, 1],
    ],
    [
      [2, 3, 4, 5, 6],
      [2, 0, 3, 1, 4],
      [2, 3, 4, 5, 6],
      [2, 0, 3, 1, 4],
    ],
    [[1, 1], [1, 0], [1], [0]],
  ])('%j by %j', (shape, perm, mergedShape, mergedPerm) => {
    expect(mergedTransposition(shape, perm)).toEqual({ shape: mergedShape, perm: mergedPerm });
  });
});

describe('transposition of five and more axes', () => {
  beforeAll(async () => {
    await startEngine({ engine: 'wasm' });
  });

  it.each([[[2, 0, 3, 1, 4]], [[4, 3, 2, 1, 0]], [[0, 1, 4, 2, 3]], [[0, 2, 1, 3, 4]]])('%j puts every value where it belongs', perm => {
    const shape = [2, 3, 1, 4, 5];
    const size = tf.util.sizeFromShape(shape);
    for (const dtype of ['float32', 'int32'] as const) {
      const y = tf.transpose(tf.reshape(tf.range(0, size, 1, dtype), shape), perm);
      const outShape = perm.map(axis => shape[axis]!);
      expect(y.shape).toEqual(outShape);
      const values = y.dataSync();
      const strides = [...tf.util.computeStrides(shape), 1];
      for (let i = 0; i < size; i++) {
        const at = tf.util.indexToLoc(i, 5, [...tf.util.computeStrides(outShape), 1]);
        expect(values[i]).toBe(at.reduce((sum, index, d) => sum + index * strides[perm[d]!]!, 0));
      }
    }
  });
});
