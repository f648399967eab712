import * as tf from '@tensorflow/tfjs-core';
import { openDataset } from '@wsss/datasets';
import { recipes } from '@wsss/pipelines';
import { describe, expect, it } from 'vitest';
import { compareLosses } from './losses.js';

const canTrace = tf.getBackend() === 'tensorflow';

describe.skipIf(!canTrace)(`fifty iterations${canTrace ? '' : ' (skipped: the native engine traces; WSSS_ENGINE=native)'}`, () => {
  it('have the same losses as traced graphs and operation by operation', async () => {
    const { recipe, shares } = recipes.shapes;
    const [traced] = await compareLosses({
      recipe: {
        ...recipe,
        backbone: { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 },
        crop: 32,
        batch: 2,
        iterations: 50,
        projector: { ...recipe.projector, hiddenSize: 16, bottleneckSize: 8, outputSize: 12 },
        decoder: { ...recipe.decoder, hiddenSize: 8, dilation: 1 },
      },
      ...{ shares, engine: { name: 'native', version: 'a test', threads: 1, canTrace, memoryBytes: 2 ** 33, memoryInUse: () => 0 } },
      dataset: await openDataset('shapes', { split: 'val' }),
      modes: ['traced'],
    });
    expect(Object.keys(traced!.largest)).toContain('denseEnergy'); // all losses have been on
    // Refined labels are an argmax: in the last digits of a CAM a pixel can tip over, which is a step in the mean over its few pixels.
    const { segmentation, total, ...smooth } = traced!.largest;
    expect(Math.max(...Object.values(smooth))).toBeLessThan(1e-4);
    expect(Math.max(segmentation!, total!)).toBeLessThan(1e-2);
  });
});
