import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { reduceGradients } from './reduce-gradients.js';
import { reduceValues } from './reduce-values.js';
import { SingleProcess } from './single-process.js';
import { ranksInOneProcess } from './test/ranks.js';
import { verifyEqual } from './verify-equal.js';

const gradientsOf = (rank: number) => ({
  a: tf.tensor2d([[1 + rank, 2]]),
  b: tf.fill([7], rank),
  c: tf.scalar(10 * rank),
  d: tf.zeros([0, 3]),
});

it.each([1, 3, 8, 1000])('averages gradients in buckets of %i values', async bucket => {
  const before = tf.memory().numTensors;
  const results = await Promise.all(ranksInOneProcess(2).map(rank => reduceGradients(rank, gradientsOf(rank.rank), { bucket })));
  for (const means of results) {
    expect(Object.entries(means).map(([name, { shape }]) => [name, shape])).toEqual([
      ['a', [1, 2]],
      ['b', [7]],
      ['c', []],
      ['d', [0, 3]],
    ]);
    expect(Object.values(means).flatMap(mean => [...mean.dataSync()])).toEqual([1.5, 2, ...new Array(7).fill(0.5), 5]);
    tf.dispose(means);
  }
  expect(tf.memory().numTensors).toBe(before);
});

it('gives a single process its own gradients', async () => {
  const own = gradientsOf(0);
  const means = await reduceGradients(new SingleProcess(), own);
  expect(means.a).toBe(own.a);
  tf.dispose(means);
});

it('lets NaN through, so that all ranks see it', async () => {
  const results = await Promise.all(
    ranksInOneProcess(2).map(rank => reduceGradients(rank, { a: tf.tensor1d([rank.rank ? Number.NaN : 1, 2]) })),
  );
  for (const { a } of results) expect([...a!.dataSync()]).toEqual([Number.NaN, 2]);
  tf.dispose(results);
});

it('averages values by name', async () => {
  const results = await Promise.all(ranksInOneProcess(4).map(rank => reduceValues(rank, { loss: rank.rank, one: 1 })));
  expect(results).toEqual(new Array(4).fill({ loss: 1.5, one: 1 }));
});

it('verifies that parameters are the same, to the last bit', async () => {
  const parameters = (off: number) =>
    new Map<string, tf.Tensor>([
      ['x', tf.scalar(3)],
      ['y', tf.tensor1d([1, 2 + off])],
    ]);
  const verify = (off: number) =>
    Promise.all(ranksInOneProcess(3).map(rank => verifyEqual(rank, parameters(rank.rank === 1 ? off : 0), 'after iteration 7')));
  await verify(0);
  await expect(verify(2 ** -22)).rejects.toThrow('after iteration 7 1 of 2 parameters differ between the ranks, first y');
});
