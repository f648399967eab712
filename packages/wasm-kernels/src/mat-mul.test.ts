import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { broadcastItems } from './mat-mul.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm' });
});

/** Small whole numbers, so that products are exact. */
const integers = (shape: number[], from: number) =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i * 7 + from) % 11) - 5),
    shape,
  );

describe('matMul on wasm', () => {
  it('multiplies two matrices', () => {
    expect(
      tf
        .matMul(
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        )
        .arraySync(),
    ).toEqual([
      [19, 22],
      [43, 50],
    ]);
  });

  it.each([
    [[], []],
    [[3], [3]],
    [[3], [1]],
    [[1], [3]],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [2, 3],
      [1, 3],
    ],
    [
      [2, 1],
      [1, 3],
    ],
  ])('agrees with the definition for batches %j and %j, all transpositions', (batchA, batchB) => {
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const a = integers([...batchA, ...(transposeA ? [4, 5] : [5, 4])], 1);
        const b = integers([...batchB, ...(transposeB ? [6, 4] : [4, 6])], 2);
        const product = tf.matMul(a, b, transposeA, transposeB);
        const columns = (x: tf.Tensor, transposed: boolean) =>
          transposed
            ? tf.transpose(
                x,
                x.shape.map((_, i, s) => (i < s.length - 2 ? i : 2 * s.length - 3 - i)),
              )
            : x;
        const byHand = tf.sum(tf.mul(tf.expandDims(columns(a, transposeA), -1), tf.expandDims(columns(b, transposeB), -3)), -2);
        expect(product.shape).toEqual(byHand.shape);
        expect(Array.from(product.dataSync())).toEqual(Array.from(byHand.dataSync()));
      }
  });

  it('leaves nothing behind', () => {
    const [a, b] = [integers([3, 4, 5], 1), integers([3, 6, 5], 2)];
    const before = tf.memory().numTensors;
    tf.matMul(a, b, false, true).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect((tf.backend() as unknown as { numDataIds(): number }).numDataIds()).toBe(tf.memory().numDataBuffers);
  });

  it('keeps nothing in the heap: 2000 products of fresh matrices do not make it grow', () => {
    const heap = () => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
    const multiply = (i: number) =>
      tf.tidy(() => {
        const [a, b] = [tf.fill([16, 256], i), tf.fill([256, 256], 1 / 256)];
        return tf.matMul(a, b).dataSync()[0]!;
      });
    for (let i = 0; i < 20; i++) multiply(i);
    const before = heap();
    for (let i = 0; i < 2000; i++) expect(multiply(i)).toBe(i);
    expect(heap()).toBe(before);
  });

  it('sees new values of a variable, forwards and backwards', () => {
    const w = tf.variable(tf.ones([2, 2]));
    const x = tf.ones([1, 2]);
    for (let i = 1; i <= 3; i++) {
      w.assign(tf.fill([2, 2], i));
      expect(Array.from(tf.matMul(x, w).dataSync())).toEqual([2 * i, 2 * i]);
      expect(
        Array.from(
          tf
            .grad(v => tf.matMul(v, w))(x)
            .dataSync(),
        ),
      ).toEqual([2 * i, 2 * i]);
    }
    w.dispose();
  });

  it('multiplies integers', () => {
    const a = tf.tensor2d([[1, 2]], [1, 2], 'int32');
    expect(tf.matMul(a, a, false, true)).toMatchObject({ dtype: 'int32', shape: [1, 1] });
    expect(Array.from(tf.matMul(a, a, false, true).dataSync())).toEqual([5]);
  });

  it('gives zeros for an empty inner size, and nothing for an empty outer one', () => {
    expect(Array.from(tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 2])).dataSync())).toEqual([0, 0, 0, 0]);
    expect(tf.matMul(tf.zeros([0, 2]), tf.ones([2, 3])).shape).toEqual([0, 3]);
  });
});

describe('broadcastItems', () => {
  it('repeats items along dimensions of size 1', () => {
    expect(broadcastItems([2, 1], [2, 3])).toEqual([0, 0, 0, 1, 1, 1]);
    expect(broadcastItems([3], [2, 3])).toEqual([0, 1, 2, 0, 1, 2]);
    expect(broadcastItems([], [])).toEqual([0]);
  });
});
