import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { expect, it } from 'vitest';
import { benchmarkDenseEnergy } from './dense-energy.js';

it('is timed without leaving tensors behind', async () => {
  const lattice = await LatticeEngine.start();
  const before = tf.memory().numTensors;
  const { seconds, medianSeconds } = await benchmarkDenseEnergy(request => bilateralFilter(lattice, request), 1);
  expect(seconds).toBeGreaterThan(0);
  expect(medianSeconds).toBe(seconds);
  expect(tf.memory().numTensors).toBe(before);
  lattice.dispose();
});
