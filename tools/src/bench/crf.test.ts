import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { expect, it } from 'vitest';
import { benchmarkCrf, benchmarkDenseEnergy, generatedPicture } from './crf.js';

it('measures the CRF, the filter and the queue beside the scalar reference', async () => {
  const report = await benchmarkCrf(1, 2, generatedPicture(40, 30));
  expect(report).toMatchObject({ labels: 21, image: { width: 40, height: 30, generated: false }, queue: { images: 2, workers: 2 } });
  expect(report.measurements.map(({ threads }) => threads)).toEqual([1, 1, 1, 2, 2, 2]);
  for (const { seconds, timesReference } of report.measurements) {
    expect(seconds).toBeGreaterThan(0);
    expect(timesReference).toBeCloseTo(report.reference.seconds / seconds, 9);
  }
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

it('times dense energy without leaving tensors behind', async () => {
  const lattice = await LatticeEngine.start();
  const before = tf.memory().numTensors;
  const { seconds, medianSeconds } = await benchmarkDenseEnergy(request => bilateralFilter(lattice, request), 1);
  expect(seconds).toBeGreaterThan(0);
  expect(medianSeconds).toBe(seconds);
  expect(tf.memory().numTensors).toBe(before);
  lattice.dispose();
});
