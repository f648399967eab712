import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '@wsss/datasets';
import { type EngineName, startEngine } from '@wsss/engine';
import { interpolate } from '@wsss/ops';
import { afterAll, describe, expect, it } from 'vitest';
import { createNetwork } from '../network/create.js';
import { normalizeImages } from '../network/normalize.js';
import { backboneOf, overlay } from '../recipes/check-recipe.js';
import { voc } from '../recipes/voc.js';
import { smallRecipe } from '../test/command.js';
import { fusions, multiScaleSegmentation } from './multi-scale-segmentation.js';
import { describeProtocol, finalProtocol, type SegmentationProtocol, segmenter, singleProtocol, wholeProtocol } from './segmenter.js';

const engine = await startEngine({ engine: (process.env.WSSS_ENGINE as EngineName | undefined) ?? 'wasm' });
const recipe = overlay(voc, smallRecipe, 'test');
const network = createNetwork(recipe, 4);
afterAll(() => network.dispose());
const normalization = backboneOf(recipe);
const random = createRandom(1, 'picture');
const picture = { width: 40, height: 33, data: Uint8Array.from({ length: 40 * 33 * 3 }, () => 256 * random.uniform()) };
const logits = (images: tf.Tensor4D) => network.segment(network.encoder.encode(images));
const image = () => normalizeImages(picture.data, [1, 33, 40, 3], normalization);

async function segmented(protocol: SegmentationProtocol) {
  const { segment, dispose } = segmenter(network, { protocol, normalization, engine, probabilities: true, confidence: true });
  const found = await segment(picture);
  dispose();
  return found;
}

describe('segmenter', () => {
  it.each([
    ['voc', null, () => multiScaleSegmentation(logits, image(), [33, 40], fusions.voc), 2],
    ['coco', 32, () => multiScaleSegmentation(logits, interpolate(image(), [32, 32], { mode: 'bilinear' }), [33, 40], fusions.coco), 3],
  ] as const)('follows the final protocol of %s', async (dataset, size, expected, copies) => {
    const before = tf.memory().numTensors;
    const protocol = finalProtocol(dataset, 36, 32); // with crops of 36, 40 pixels are left as they are
    expect(protocol.size).toBe(size);
    const { labels, probabilities, confidence } = await segmented(protocol);
    const wanted = tf.tidy(() => {
      const fused = expected();
      return [tf.argMax(fused, 3), tf.softmax(fused), tf.max(tf.softmax(tf.div(fused, copies)), 3)].map(t => t.dataSync());
    });
    expect([...labels]).toEqual([...wanted[0]!]);
    const largest = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!)));
    expect(largest(probabilities!, wanted[1]!)).toBeLessThan(1e-5);
    expect(largest(confidence!, wanted[2]!)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('makes every scale of a large picture from the picture itself', async () => {
    const { probabilities } = await segmented({ ...wholeProtocol(32), maxSide: 24, scales: [1, 1.5] });
    const wanted = tf.tidy(() => {
      const resize = (map: tf.Tensor4D, size: [number, number]) => interpolate(map, size, { mode: 'bilinear' });
      const at = (size: [number, number]) => resize(logits(resize(image(), size)), [33, 40]);
      return tf.softmax(tf.maximum(at([20, 24]), at([30, 36]))).dataSync();
    });
    expect(Math.max(...probabilities!.map((p, i) => Math.abs(p - wanted[i]!)))).toBeLessThan(1e-5);
  });

  it('gives labels of the size of the picture, whatever the network sees', async () => {
    const { labels, probabilities, confidence } = await segmented({ ...wholeProtocol(32), maxSide: 24 });
    expect([labels.length, probabilities!.length, confidence!.length]).toEqual([33 * 40, 33 * 40 * 5, 33 * 40]);
    expect(Math.min(...confidence!)).toBeGreaterThan(0.2 - 1e-6); // of five classes, the most probable one
  });
});

it('says what a protocol does', () => {
  const fused = 'scales 1, 1.5, 1.25 (maximum), mirror image (sum)';
  expect(describeProtocol(finalProtocol('folder', 448))).toBe(`at most 500 pixels a side, ${fused}`);
  expect(describeProtocol({ ...fusions.voc, size: null })).toBe(`original size, ${fused}`);
  expect(describeProtocol(finalProtocol('coco', 448))).toBe('448², scales 1, 1.25, 1.5 (sum), mirror image (maximum)');
  expect(describeProtocol(singleProtocol(448))).toBe('448², scale 1, no mirror image');
});
