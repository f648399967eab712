import * as tf from '@tensorflow/tfjs-core';
import { afterAll, expect, it } from 'vitest';
import { networkWithArtifacts } from '../test/network-with-artifacts.js';
import { findArtifacts, imagesToLookAt } from './find-artifacts.js';
import { findRegisterNeurons } from './find-register-neurons.js';

const { recipe, dataset, network } = networkWithArtifacts();
const images = await imagesToLookAt(dataset, recipe);
afterAll(() => {
  tf.dispose(images);
  network.dispose();
});

it('finds as many neurons as make the artifacts, in their block', async () => {
  expect(await findArtifacts(network.encoder, images, 100)).toMatchObject({ share: 1 / 16, where: 'corners', channel: 3 });
  const before = tf.memory().numTensors;
  const neurons = await findRegisterNeurons(network.encoder, images, 100);
  expect(tf.memory().numTensors).toBe(before);
  expect(neurons.map(ofBlock => [...ofBlock].sort((a, b) => a - b))).toEqual([[], [7, 20], [], [], []]);
  expect(network.encoder.registerNeurons).toEqual([]);
  network.encoder.registerNeurons = neurons;
  expect(await findArtifacts(network.encoder, images, 100)).toBeNull();
});
