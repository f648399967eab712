import * as tf from '@tensorflow/tfjs-core';
import { camToLabels } from '@wsss/cam';
import { createRandom, defaultAugmentation, type SegmentationDataset, trainingBatches } from '@wsss/datasets';
import { ConfusionMatrix, scores } from '@wsss/metrics';
import { AdamW, polyWarmup, runTraining } from '@wsss/train';
import type { Model } from './model.js';

export interface TrainModelOptions {
  dataset: SegmentationDataset;
  iterations: number;
  batchSize: number;
  seed: number;
  signal?: AbortSignal;
  onLog?: (iteration: number, losses: Record<string, number>) => void;
}

/** Trains a model on image-level labels. @returns the losses of every iteration. */
export async function trainModel(model: Model, options: TrainModelOptions): Promise<Record<string, number>[]> {
  const { dataset, iterations, batchSize, seed, signal, onLog } = options;
  const { width } = await dataset.image(0);
  const gentle = {
    ...defaultAugmentation.view1,
    jitter: { ...defaultAugmentation.view1.jitter, hue: 0.02 },
    grayscale: { probability: 0 },
  };
  const augmentation = { ...defaultAugmentation, scale: [0.8, 1.25] as const, view1: gentle, local: gentle };
  const batches = trainingBatches({ dataset, batchSize, crop: width, seed, count: iterations, augmentation });
  const stream = batches[Symbol.asyncIterator]();
  const optimizer = new AdamW([{ name: 'all', variables: model.trainable(), learningRate: 5e-4 }], { weightDecay: 0.01 });
  const factor = polyWarmup({ iterations, warmupIterations: Math.round(iterations / 10), warmupRatio: 1e-6, power: 0.9 });
  const history: Record<string, number>[] = [];
  const variables = [...model.trainable().values()];
  try {
    await runTraining({
      iterations,
      signal,
      every: { log: Math.max(1, Math.floor(iterations / 10)) },
      onLog,
      step: async iteration => {
        const { value: batch } = await stream.next();
        const shape: [number, number, number, number] = [batchSize, width, width, 3];
        const view = (pixels: Uint8Array) =>
          tf.tidy(() => tf.sub(tf.div(tf.tensor4d(Float32Array.from(pixels), shape), 127.5), 1) as tf.Tensor4D);
        const inputs = {
          view1: view(batch!.view1),
          view2: view(batch!.view2),
          local: view(batch!.local),
          labels: tf.tensor2d(batch!.labels, [batchSize, dataset.classes.length]),
        };
        const random = createRandom(seed, 'step', iteration);
        let parts: Record<string, tf.Scalar> = {};
        const { value, grads } = tf.variableGrads(() => {
          parts = model.losses({ ...inputs, rng: () => random.uniform() });
          for (const part of Object.values(parts)) tf.keep(part);
          return tf.addN(Object.values(parts));
        }, variables);
        optimizer.step(grads, factor(iteration));
        const names = Object.keys(parts);
        const values = await Promise.all([value, ...Object.values(parts)].map(async scalar => (await scalar.data())[0]!));
        tf.dispose([inputs, parts, value, grads]);
        const losses = Object.fromEntries([['total', values[0]!], ...names.map((name, i) => [name, values[i + 1]!])]);
        history.push(losses);
        return losses;
      },
    });
  } finally {
    await stream.return?.();
    optimizer.dispose();
  }
  return history;
}

/** Mean IoU of the model's class activation maps, cut at `background`, with the images' own labels. */
export async function camMiou(model: Model, dataset: SegmentationDataset, background = 0.4): Promise<number> {
  const matrix = new ConfusionMatrix(dataset.classes.length + 1);
  for (let i = 0; i < dataset.length; i++) {
    const [{ width, height, data }, labels, mask] = await Promise.all([dataset.image(i), dataset.labels(i), dataset.mask!(i)]);
    const prediction = tf.tidy(() => {
      const image = tf.sub(tf.div(tf.tensor4d(Float32Array.from(data), [1, height, width, 3]), 127.5), 1) as tf.Tensor4D;
      return camToLabels(model.cam(image), tf.tensor2d(labels, [1, labels.length]), background);
    });
    matrix.add(await prediction.data(), mask.data);
    prediction.dispose();
  }
  return scores(matrix).miou;
}
