import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { normalizeCam } from './class-activation-map.js';
import { type CamHeads, multiScaleCam } from './multi-scale-cam.js';

/** A map of images that sees left and right differently: the first channel times a weight for each column. */
const ramp =
  (weights: number[]): CamHeads =>
  images => [tf.mul(tf.slice(images, [0, 0, 0, 0], [-1, -1, -1, 1]), tf.tensor4d(weights, [1, 1, weights.length, 1])) as tf.Tensor4D];

/** Two heads with two and three classes, on patches of 2×2 pixels. */
const filters = [2, 3].map(classes => tf.sin(tf.reshape(tf.range(1, 1 + 2 * 2 * 3 * classes), [2, 2, 3, classes])) as tf.Tensor4D);
const network: CamHeads = images => filters.map(filter => tf.conv2d(images, filter, 2, 'valid'));

const images = tf.randomUniform([2, 8, 12, 3], -1, 1, 'float32', 1) as tf.Tensor4D;

function expectClose(found: tf.Tensor, expected: tf.Tensor): void {
  expect(found.shape).toEqual(expected.shape);
  const values = expected.dataSync();
  found.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(values[i]!, 4);
  });
}

describe('multiScaleCam', () => {
  it('takes the stronger of the image and its mirror image', () => {
    const row = tf.tensor4d([1, 1, 1, 2, 2, 2], [1, 1, 2, 3]);
    // plain: 1·1, 2·3; mirrored: 2·1, 1·3, turned back 3, 2; the stronger 3, 6, from 0 to 3 / (3 + 1e-5)
    const [map] = multiScaleCam(ramp([1, 3]), row, { scales: [1] });
    expect([...map!.dataSync()].map(value => Math.round(value * 1e4) / 1e4)).toEqual([0, 1]);
  });

  it('drops what is negative before it sums', () => {
    const row = tf.tensor4d([-4, -4, -4, 1, 1, 1, 2, 2, 2], [1, 1, 3, 3]);
    const [map] = multiScaleCam(ramp([1, 1, 1]), row, { scales: [1] });
    [0, 0.5, 1].forEach((expected, i) => {
      expect(map!.dataSync()[i]).toBeCloseTo(expected, 4); // not 0, 5/6, 1
    });
  });

  it('sums the scales, rounded down, of image and mirror image together', () => {
    const seen: number[][] = [];
    const heads: CamHeads = x => {
      seen.push(x.shape);
      return network(x);
    };
    const odd = tf.slice(images, [0, 0, 0, 0], [2, 7, 11, 3]);
    const maps = multiScaleCam(heads, odd);
    expect(seen).toEqual([
      [4, 7, 11, 3],
      [4, 3, 5, 3],
      [4, 10, 16, 3],
    ]);
    expect(maps.map(map => map.shape)).toEqual([
      [2, 7, 11, 2],
      [2, 7, 11, 3],
    ]);
    for (const map of maps) {
      expect(
        tf
          .min(map, [1, 2])
          .dataSync()
          .every(value => value === 0),
      ).toBe(true);
      expect(tf.max(map).dataSync()[0]).toBeLessThanOrEqual(1);
    }
    // Twice the same scale is twice the map, which the normalization takes back.
    multiScaleCam(network, images, { scales: [0.5, 0.5] }).forEach((map, head) => {
      expectClose(map, multiScaleCam(network, images, { scales: [0.5] })[head]!);
    });
  });

  it('is the plain computation, step by step', () => {
    const resized = (map: tf.Tensor) => tf.image.resizeBilinear(map as tf.Tensor4D, [8, 12], false, true);
    const both = [images, tf.reverse(images, 2)].map(network);
    const [found] = multiScaleCam(network, images, { scales: [1] });
    const stronger = tf.maximum(resized(both[0]![0]!), tf.reverse(resized(both[1]![0]!), 2)) as tf.Tensor4D;
    expectClose(found!, normalizeCam(tf.relu(stronger)));
  });

  it('gives the same where the logits of the images are known already', () => {
    const batches: number[] = [];
    const heads: CamHeads = x => {
      batches.push(x.shape[0]);
      return network(x);
    };
    const maps = multiScaleCam(heads, images, { unmirrored: network(images) });
    expect(batches).toEqual([2, 4, 4]);
    multiScaleCam(network, images).forEach((expected, head) => {
      expectClose(maps[head]!, expected);
    });
  });

  it('treats every image of a batch on its own', () => {
    const one = (image: number) => tf.slice(images, [image, 0, 0, 0], [1, -1, -1, -1]);
    const alone = [0, 1].map(image => multiScaleCam(network, one(image))[1]!);
    expectClose(multiScaleCam(network, images)[1]!, tf.concat(alone, 0));
  });

  it('lets no gradient through', () => {
    const weight = tf.variable(tf.scalar(2));
    const heads: CamHeads = x => network(x).map(map => tf.mul(map, weight) as tf.Tensor4D);
    const expected = tf.sum(multiScaleCam(heads, images)[0]!).dataSync()[0]!;
    const { grads } = tf.variableGrads(() => tf.mul(weight, tf.sum(multiScaleCam(heads, images)[0]!)) as tf.Scalar, [weight]);
    expect(grads[weight.name]!.dataSync()[0]! / expected).toBeCloseTo(1, 5);
    weight.dispose();
  });

  it('leaves one tensor a head behind, and needs no more memory for more scales', async () => {
    const unmirrored = network(images);
    const before = tf.memory().numTensors;
    tf.dispose(multiScaleCam(network, images, { unmirrored }));
    expect(tf.memory().numTensors).toBe(before);
    const peak = async (scales: number[]) => {
      const { peakBytes, result } = await tf.profile(() => multiScaleCam(network, images, { scales }));
      tf.dispose(result as tf.Tensor[]);
      return peakBytes;
    };
    expect(await peak([1, 1, 1, 1, 1, 1])).toBe(await peak([1, 1]));
  });

  it('names scales and logits that cannot be', () => {
    const run = (scales: number[]) => () => multiScaleCam(network, images, { scales });
    expect(run([])).toThrow(/scales must be positive numbers, got \[\]/);
    expect(run([1, 0])).toThrow(/scales must be positive numbers, got \[1,0\]/);
    expect(run([Number.NaN])).toThrow(/scales must be positive numbers, got \[NaN\]/);
    expect(run([1, 0.1])).toThrow(/scale 0.1 leaves nothing of images of 8×12 pixels/);
    expect(() => multiScaleCam(network, images, { unmirrored: network(images).slice(1) })).toThrow(
      /heads give 2 maps, but unmirrored holds 1/,
    );
  });
});
