import * as tf from '@tensorflow/tfjs-core';
import { afterEach, expect, test } from 'vitest';
import { voc } from '../recipes/voc.js';
import { RunThresholds, strongestValues } from './cam-thresholds.js';

const recipe = (cam: Partial<typeof voc.cam>) => ({ iterations: 100, cam: { ...voc.cam, ...cam } });

/** Values of one image: two groups around 0.3025 and 0.7025, in the middle of counted parts, and zeros, which say nothing. */
const image = Float32Array.of(0, 0, 0, 0.2525, 0.3525, 0.6525, 0.7525, -1);

afterEach(() => tf.disposeVariables());

test('Thresholds stay as set, or the upper one falls', () => {
  expect(new RunThresholds(recipe({})).at(99)).toEqual({ low: 0.25, high: 0.7 });
  const falling = new RunThresholds(recipe({ highAtEnd: 0.55 }));
  expect(falling.at(0)).toEqual({ low: 0.25, high: 0.7 });
  expect(falling.at(50).high).toBeCloseTo(0.625, 12);
});

test('Thresholds are fitted once there are enough images, to the last of them', () => {
  const thresholds = new RunThresholds(recipe({ mixtureOf: 2 }));
  thresholds.observe(image, 1);
  expect(thresholds.at(1)).toEqual({ low: 0.25, high: 0.7 });
  thresholds.observe(image, 1);
  const { low, high } = thresholds.at(2);
  // Both deviations are 0.05, so the shares are 0.25 and 0.75 at 0.5025 ∓ 0.05² · ln 3 / 0.4, but for what they share.
  expect(low).toBeCloseTo(0.5025 - (0.05 ** 2 * Math.log(3)) / 0.4, 3);
  expect(high).toBeCloseTo(0.5025 + (0.05 ** 2 * Math.log(3)) / 0.4, 3);

  const higher = Float32Array.from([...image, ...image], value => (value > 0 ? value + 0.1 : value));
  thresholds.observe(higher, 2); // two images of a batch: the earlier ones are forgotten
  expect(thresholds.at(3).low).toBeCloseTo(low + 0.1, 6);
});

test('Fitted thresholds go on where they were', () => {
  const thresholds = new RunThresholds(recipe({ mixtureOf: 3 }));
  for (const shift of [0, 0.05, 0.1])
    thresholds.observe(
      image.map(value => (value > 0 ? value + shift : value)),
      1,
    );
  const resumed = new RunThresholds(recipe({ mixtureOf: 3 }));
  resumed.load(thresholds.state());
  expect(resumed.at(7)).toEqual(thresholds.at(7));
  for (const each of [thresholds, resumed]) each.observe(image, 1);
  expect(resumed.at(8)).toEqual(thresholds.at(8));
  expect(new RunThresholds(recipe({})).state().size).toBe(0);
});

test('The strongest of the classes that are there counts, inside the picture', () => {
  const cam = tf.tensor4d([0.2, 0.9, 0.5, 0.1, 0.4, 0.3, 0.6, 0.8], [1, 2, 2, 2]);
  const inside = tf.tensor3d([1, 1, 1, 0], [1, 2, 2]);
  const values = strongestValues(cam, { labels: tf.tensor2d([[1, 0]]), patchesInside: inside });
  expect(Array.from(values.dataSync(), value => Number(value.toFixed(6)))).toEqual([0.2, 0.5, 0.4, -1]);
});
