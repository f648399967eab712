import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '@wsss/datasets';
import { goldenMaps, goldenNetwork, goldenWeights, readCase } from '@wsss/fixtures';
import { interpolate } from '@wsss/ops';
import { describe, expect, it } from 'vitest';
import { normalizeImages } from '../network/normalize.js';
import { SegmentationNetwork } from '../network/segmentation-network.js';
import { segmentationGraph } from './segmentation-graph.js';

// The library comes inside the npm package for the usual platforms; elsewhere the tests are skipped.
const onnx = await import('onnxruntime-node').catch((error: Error) => error);
const missing = onnx instanceof Error ? ` (skipped: onnxruntime-node does not load here: ${onnx.message.split('\n')[0]})` : '';

const golden = readCase('network_eval');
const network = new SegmentationNetwork(goldenNetwork(golden));
network.load(goldenWeights(golden), golden.name);
const classes = ['background', 'a', 'b', 'c', 'd'];
const normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

async function run(model: Uint8Array, images: tf.Tensor, type: 'float32' | 'uint8' = 'float32') {
  if (onnx instanceof Error) throw onnx;
  const session = await onnx.InferenceSession.create(model);
  const data = type === 'uint8' ? Uint8Array.from(images.dataSync()) : (images.dataSync() as Float32Array);
  return session.run({ images: new onnx.Tensor(type, data as Float32Array, images.shape) });
}

const channelsFirst = (maps: tf.Tensor) => tf.transpose(maps, [0, 3, 1, 2]);
function largestError(found: { dims: readonly number[]; data: unknown }, expected: tf.Tensor): number {
  expect(found.dims).toEqual(expected.shape);
  const values = expected.dataSync();
  return (found.data as Float32Array).reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
}

describe.skipIf(missing)(`segmentationGraph${missing}`, () => {
  it('gives what this program gives, at three sizes and batches', async () => {
    const model = await segmentationGraph(network, { classes, normalization, cam: true });
    const random = createRandom(1, 'images');
    for (const [batch, height, width] of [
      [1, 64, 64], // the size of the positional embedding
      [2, 64, 96],
      [1, 45, 131], // what does not fill a patch is left out
    ] as const) {
      const images = tf.tensor4d(
        Float32Array.from({ length: batch * height * width * 3 }, () => random.uniform(-2, 2)),
        [batch, height, width, 3],
      );
      const found = await run(model, channelsFirst(images));
      const encoding = network.encoder.encode(images);
      const [cam, auxiliaryCam] = network.camLogits(encoding);
      expect(largestError(found.segmentation!, channelsFirst(network.segment(encoding)))).toBeLessThan(1e-4);
      expect(largestError(found.cam!, channelsFirst(cam))).toBeLessThan(1e-4);
      expect(largestError(found.aux_cam!, channelsFirst(auxiliaryCam))).toBeLessThan(1e-4);
      expect(largestError(found.image_logits!, network.classify(encoding).naming)).toBeLessThan(1e-4);
    }
  });

  it.each(['offset', 'antialiased'] as const)('has LayerScale, registers and positions that are resized: %s', async positionResizing => {
    const random = createRandom(3, 'weights');
    const backbone = { imageSize: 56, patchSize: 14, embedSize: 16, depth: 3, heads: 2, layerScale: true, registers: 3, positionResizing };
    const heads = { classifiers: { classToken: true }, decoder: { hiddenSize: 8 } };
    const scaled = new SegmentationNetwork({ backbone, classes: 4, ...heads }, () => random.uniform());
    scaled.variable('token_classifier.bias').assign(tf.tensor([0.1, -0.2, 0.3, -0.4]));
    for (const [name, variable] of scaled.trainable())
      if (name.endsWith('gamma')) variable.assign(tf.fill(variable.shape, name.includes('ls1') ? 0.7 : 1.3));
    const model = await segmentationGraph(scaled, { classes, normalization, cam: true });
    for (const [height, width] of [
      [56, 56], // the size of the positional embedding
      [84, 70],
      [30, 71],
    ] as const) {
      const images = tf.tensor4d(
        Float32Array.from({ length: 2 * height * width * 3 }, () => random.uniform(-2, 2)),
        [2, height, width, 3],
      );
      const found = await run(model, channelsFirst(images));
      const encoding = scaled.encoder.encode(images);
      expect(largestError(found.segmentation!, channelsFirst(scaled.segment(encoding)))).toBeLessThan(1e-4);
      expect(largestError(found.aux_cam!, channelsFirst(scaled.camLogits(encoding)[1]))).toBeLessThan(1e-4);
      expect(largestError(found.image_logits!, scaled.classify(encoding).classToken!)).toBeLessThan(1e-4);
    }
    scaled.dispose();
  });

  it.each(['layerNorm', 'leaveOut', 'none'] as const)('does about artifact tokens what the network does: %s', async remedy => {
    const random = createRandom(6, 'weights');
    const backbone = { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 };
    const artifacts = { remedy, ratio: 5 };
    const spiked = new SegmentationNetwork({ backbone, classes: 4, decoder: { hiddenSize: 8 }, artifacts }, () => random.uniform());
    const positions = spiked.variable('encoder.pos_embed');
    const values = positions.dataSync().slice();
    values[16] = 500; // the first channel of the first patch
    positions.assign(tf.tensor(values, positions.shape));
    const images = tf.randomUniform([2, 40, 32, 3], -2, 2, 'float32', 5) as tf.Tensor4D;
    const model = await segmentationGraph(spiked, { classes, normalization, cam: true });
    const found = await run(model, channelsFirst(images));
    const [cam, auxiliaryCam] = spiked.camLogits(spiked.encoder.encode(images));
    expect(largestError(found.cam!, channelsFirst(cam))).toBeLessThan(1e-4);
    expect(largestError(found.aux_cam!, channelsFirst(auxiliaryCam))).toBeLessThan(remedy === 'none' ? 1e-2 : 1e-4);
    spiked.dispose();
  });

  it('has a register for neurons that make artifacts, beside trained ones', async () => {
    const random = createRandom(4, 'weights');
    const backbone = { imageSize: 32, patchSize: 8, embedSize: 16, depth: 3, heads: 2, registers: 2 };
    const moved = new SegmentationNetwork({ backbone, classes: 4, decoder: { hiddenSize: 8 } }, () => random.uniform(0.1, 0.9));
    for (const variable of moved.trainable().values())
      variable.assign(
        tf.tensor(
          Float32Array.from({ length: variable.size }, () => random.uniform(-0.5, 0.5)),
          variable.shape,
        ),
      );
    const images = tf.randomUniform([2, 40, 32, 3], -2, 2, 'float32', 5) as tf.Tensor4D;
    const without = moved.segment(moved.encoder.encode(images));
    moved.encoder.registerNeurons = [[1, 5, 40], [], [63]];
    const model = await segmentationGraph(moved, { classes, normalization });
    const { segmentation } = await run(model, channelsFirst(images));
    const expected = moved.segment(moved.encoder.encode(images));
    expect(largestError(segmentation!, channelsFirst(expected))).toBeLessThan(1e-4);
    expect(largestError(segmentation!, channelsFirst(without))).toBeGreaterThan(1e-3);
    moved.dispose();
  });

  it('gives what the reference program recorded', async () => {
    const model = await segmentationGraph(network, { classes, normalization, cam: true });
    const found = await run(model, channelsFirst(goldenMaps(golden, 'input')));
    for (const [name, recorded] of [
      ['segmentation', 'seg'],
      ['cam', 'cam'],
      ['aux_cam', 'cam_aux'],
    ] as const)
      expect(largestError(found[name]!, channelsFirst(goldenMaps(golden, recorded))), name).toBeLessThan(1e-4);
  });

  it('normalizes pixels and resizes logits where it is asked to', async () => {
    const model = await segmentationGraph(network, { classes, normalization, pixels: true, fullSize: true });
    const random = createRandom(2, 'pixels');
    const data = Uint8Array.from({ length: 2 * 40 * 72 * 3 }, () => random.integer(0, 256));
    const found = await run(model, tf.tensor4d(Float32Array.from(data), [2, 40, 72, 3]), 'uint8');
    const images = normalizeImages(data, [2, 40, 72, 3], normalization);
    const logits = interpolate(network.segment(network.encoder.encode(images)), [40, 72], { mode: 'bilinear' });
    expect(Object.keys(found)).toEqual(['segmentation']);
    expect(largestError(found.segmentation!, channelsFirst(logits))).toBeLessThan(1e-4);
  });

  it('says what it takes and gives, and carries classes and normalization', async () => {
    if (onnx instanceof Error) throw onnx;
    const bytes = await segmentationGraph(network, { classes, normalization, metadata: { variant: 'fixed' } });
    const session = await onnx.InferenceSession.create(bytes);
    expect(session.inputMetadata[0]).toMatchObject({ name: 'images', type: 'float32', shape: ['batch', 3, 'height', 'width'] });
    expect(session.outputMetadata[0]).toMatchObject({ name: 'segmentation', type: 'float32', shape: ['batch', 5, 'rows', 'columns'] });
    for (const text of [JSON.stringify(classes), JSON.stringify(normalization), 'encoder.blocks.0.attn.qkv.weight'])
      expect(Buffer.from(bytes).includes(text), text).toBe(true);
  });
});
