import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { expectClose, waveTensor } from './test/reference.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm', threads: 3 });
});

/** Σ_p a[i, p] · b[p, j] in double precision. */
function reference(a: tf.Tensor, b: tf.Tensor, [items, m, k, n]: [number, number, number, number], ta: boolean, tb: boolean): Float64Array {
  const [x, y, out] = [a.dataSync(), b.dataSync(), new Float64Array(items * m * n)];
  for (let item = 0; item < items; item++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++)
          sum += x[item * m * k + (ta ? p * m + i : i * k + p)]! * y[item * k * n + (tb ? j * k + p : p * n + j)]!;
        out[(item * m + i) * n + j] = sum;
      }
  return out;
}

function check(size: [number, number, number, number], ta: boolean, tb: boolean): void {
  tf.tidy(() => {
    const [items, m, k, n] = size;
    const [a, b] = [waveTensor(ta ? [items, k, m] : [items, m, k], 1), waveTensor(tb ? [items, n, k] : [items, k, n], 2)];
    expectClose(tf.matMul(a, b, ta, tb), reference(a, b, size, ta, tb), 1e-5 * Math.sqrt(k));
  });
}

it.each([
  [1, 1, 1, 1],
  [1, 5, 3, 7],
  [1, 6, 8, 8],
  [2, 7, 785, 3],
  [1, 785, 64, 33],
  [3, 49, 400, 65],
  [1, 10, 130, 128],
  [1, 1, 7, 16],
] as [number, number, number, number][])('%j: items, rows, inner size and columns, in all transpositions', (...size) => {
  for (const ta of [false, true]) for (const tb of [false, true]) check(size, ta, tb);
});

it('agrees with double precision for any sizes', () => {
  const size = fc.integer({ min: 1, max: 70 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), size, size, size, fc.boolean(), fc.boolean(), (items, m, k, n, ta, tb) => {
      check([items, m, k, n], ta, tb);
    }),
    { numRuns: 60, seed: 5 },
  );
});

it('adds a bias to each row, at the edges too', () => {
  const [a, b, bias] = [waveTensor([7, 5]), waveTensor([5, 11], 2), waveTensor([11], 3)];
  const plain = tf.add(tf.matMul(a, b), bias);
  expectClose(tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias }), plain.dataSync());
});

it('gives the same bits each time, whichever thread computes what', () => {
  const [a, b] = [waveTensor([200, 100]), waveTensor([100, 90], 2)];
  const first = Buffer.from(tf.matMul(a, b).dataSync().buffer);
  for (let i = 0; i < 20; i++) {
    const again = tf.matMul(a, b);
    expect(Buffer.from(again.dataSync().buffer).equals(first)).toBe(true);
    again.dispose();
  }
});
