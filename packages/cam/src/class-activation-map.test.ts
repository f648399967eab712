import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { classActivationLogits, normalizeCam } from './class-activation-map.js';

it('classifies every patch', () => {
  const patches = tf.tensor3d([1, 0, 0, 1, 2, 3, 4, 5], [1, 4, 2]);
  const classifier = tf.tensor2d([1, 10, 2, 20, 3, 30], [2, 3]); // columns (1, 20), (10, 3), (2, 30)
  expect(classActivationLogits(patches, classifier, [2, 2]).arraySync()).toEqual([
    [
      [
        [1, 10, 2],
        [20, 3, 30],
      ],
      [
        [62, 29, 94],
        [104, 55, 158],
      ],
    ],
  ]);
});

it('scales every class of every image to [0, 1] on its own', () => {
  const cam = tf.tensor4d([-1, 5, 1, 5, 3, 5, 10, 0, 20, 0, 10, 1e-5], [2, 1, 3, 2]);
  const expected = [0, 0, 0.5, 0, 1, 0, 0, 0, 1, 0, 0, 0.5]; // a constant class becomes 0; 1e-5 / (1e-5 + 1e-5)
  normalizeCam(cam)
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
      expect(value).toBeLessThanOrEqual(1);
    });
});

it('lets no gradient through', () => {
  const patches = tf.tensor3d([1, 2], [1, 2, 1]);
  const gradient = tf.grad(x =>
    tf.sum(tf.mul(x, tf.reshape(normalizeCam(classActivationLogits(x as tf.Tensor3D, tf.ones([1, 1]), [1, 2])), [1, 2, 1]))),
  )(patches);
  expect(gradient.dataSync()[0]).toBe(0);
  expect(gradient.dataSync()[1]).toBeCloseTo(1, 4); // of the factor x alone
});

it('leaves one tensor behind', () => {
  const [patches, classifier] = [tf.ones([2, 6, 3]) as tf.Tensor3D, tf.ones([3, 2])];
  const before = tf.memory().numTensors;
  const logits = classActivationLogits(patches, classifier, [2, 3]);
  normalizeCam(logits).dispose();
  logits.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('names what does not fit', () => {
  expect(() => classActivationLogits(tf.ones([2, 6, 3]), tf.ones([4, 2]), [2, 3])).toThrow(/x \[2,6,3\] does not fit weight \[4,2\]/);
  expect(() => classActivationLogits(tf.ones([2, 6, 3]), tf.ones([3, 2]), [2, 2])).toThrow(/6 patches \[2,6,3\] do not make a grid of 2×2/);
});
