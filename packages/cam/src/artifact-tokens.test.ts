import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { artifactTokens, leaveOutArtifacts } from './artifact-tokens.js';

/** Tokens [1, 4, 2] of norms 5, 5, 10 and `last`. */
const tokens = (last: number) => tf.tensor3d([3, 4, -4, 3, 6, 8, 0, last], [1, 4, 2]);

it('are the tokens whose norm is more than so many medians of their image', () => {
  expect([...artifactTokens(tokens(100), 5).dataSync()]).toEqual([0, 0, 0, 1]); // norms 5, 5, 10, 100; median 5
  expect([...artifactTokens(tokens(25), 5).dataSync()]).toEqual([0, 0, 0, 0]); // not more
  expect([...artifactTokens(tf.concat([tokens(100), tokens(1)], 0), 5).dataSync()]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
});

it('have no say in the logits: they get the smallest value of the others', () => {
  const logits = tf.tensor4d([1, -2, 3, 0.5, 2, 7, 900, -900], [1, 2, 2, 2]);
  const left = leaveOutArtifacts(logits, tf.tensor2d([[0, 0, 0, 1]]));
  expect([...left.dataSync()]).toEqual([1, -2, 3, 0.5, 2, 7, 1, -2]);
});

it('changes not a bit where there are none', () => {
  const logits = tf.randomNormal([2, 3, 3, 4], 0, 1, 'float32', 1) as tf.Tensor4D;
  expect(leaveOutArtifacts(logits, tf.zeros([2, 9])).dataSync()).toEqual(logits.dataSync());
});

it('leaves no tensors behind', () => {
  const input = tokens(100);
  const before = tf.memory().numTensors;
  const found = artifactTokens(input, 5);
  expect(tf.memory().numTensors).toBe(before + 1);
  found.dispose();
});
