import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { createRandom, openDataset, trainingBatches } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { multilabelSoftMarginLoss } from '@wsss/losses';
import { multilabelF1 } from '@wsss/metrics';
import { linear } from '@wsss/ops';
import { AdamW, catchInterruption, cosineWarmup, Progress, RunLog, runTraining, writeAtomically } from '@wsss/train';
import { VisionTransformer } from '@wsss/vit';
import { Parameters, serializeSafetensors } from '@wsss/weights';
import { normalizeImages } from '../network/normalize.js';
import { backboneOf, checkRecipe } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { Iterations } from './iteration.js';

export interface PretrainingOptions {
  recipe: Recipe;
  iterations: number;
  batch: number;
  learningRate: number;
  /** Folder of the run. */
  out: string;
  engine: Engine;
}

/**
 * Pretrains the small encoder on naming the classes in Shapes images: a linear classifier on the CLS token and one on the maximum
 * over patch tokens, multilabel soft margin loss. Writes the encoder alone, in half precision.
 *
 * @returns The file, and the F1 on held-out images.
 */
export async function pretrainOnShapes({
  recipe,
  iterations,
  batch: batchSize,
  learningRate,
  out,
  engine,
}: PretrainingOptions): Promise<{ file?: string; f1: number; ended: 'finished' | 'interrupted' }> {
  checkRecipe(recipe);
  const backbone = backboneOf(recipe);
  const { crop, seed } = recipe;
  const train = await openDataset('shapes', { split: 'pretrain' });
  const val = await openDataset('shapes', { split: 'val' });
  const random = createRandom(seed, 'weights');
  const uniform = () => random.uniform();
  const vit = new VisionTransformer(backbone, uniform);
  const classes = train.classes.length;
  const head = (name: string) => ({
    name,
    shape: [backbone.embedSize, classes],
    layout: 'linear' as const,
    init: { kind: 'truncatedNormal' as const },
  });
  const heads = new Parameters([head('cls.weight'), head('max.weight')], uniform);
  const classify = (images: tf.Tensor4D) =>
    tf.tidy(() => {
      const { cls, patches } = vit.encode(images);
      return [linear(cls, heads.get('cls.weight')), linear(tf.max(patches, 1), heads.get('max.weight'))] as [tf.Tensor2D, tf.Tensor2D];
    });
  const variables = new Map([...vit.parameters.trainable(), ...heads.trainable()]);
  const optimizer = new AdamW([{ name: 'all', variables, learningRate }], { weightDecay: 0.05 });
  const rate = cosineWarmup({ iterations, warmupIterations: Math.round(iterations / 20), warmupRatio: 1e-6 });
  const progress = new Progress({ total: iterations, label: 'pretrain' });
  const log = new RunLog(out, { clock: Date.now, stream: progress });
  const interruption = catchInterruption();
  const stream = trainingBatches({ dataset: train, batchSize, crop, seed, variant: recipe.variant, augmentation: recipe.augmentation })[
    Symbol.asyncIterator
  ]();
  const training = new Iterations<{ images: tf.Tensor4D; labels: tf.Tensor2D }, null>({
    step: ({ images, labels }) => {
      const { value, grads } = tf.variableGrads(
        () => tf.addN(classify(images).map(logits => multilabelSoftMarginLoss(logits, labels))) as tf.Scalar,
        [...variables.values()],
      );
      return { losses: { total: value }, gradients: grads };
    },
    optimizer,
    trainable: variables,
    tracing: engine.canTrace ? {} : null,
    clipNorm: null,
  });
  let f1 = Number.NaN;
  try {
    const { ended } = await runTraining({
      iterations,
      signal: interruption.signal,
      every: { log: 50, evaluate: Math.max(1, Math.ceil(iterations / 8)) },
      step: async iteration => {
        const { value: batch } = await stream.next();
        const inputs = () => ({
          images: normalizeImages(batch.view1, [batch.size, crop, crop, 3], backbone),
          labels: tf.tensor2d(batch.labels as Float32Array, [batch.size, classes]),
        });
        const { losses } = await training.run([inputs], null, own => rate(iteration, own));
        progress.update(iteration + 1, { loss: losses.total! });
        return { loss: losses.total! };
      },
      onLog: (at, means) => log.record('pretrain', at, means),
      onEvaluate: async at => {
        f1 = 0;
        for (let index = 0; index < val.length; index++) {
          const [{ width, height, data }, labels] = await Promise.all([val.image(index), val.labels(index)]);
          const logits = tf.tidy(() =>
            tf.add(...(classify(normalizeImages(data, [1, height, width, 3], backbone)) as [tf.Tensor2D, tf.Tensor2D])),
          );
          f1 +=
            multilabelF1(
              [...(await logits.data())].map(v => (v > 0 ? 1 : 0)),
              labels,
            ) / val.length;
          logits.dispose();
        }
        log.record('evaluate', at, { f1 });
      },
    });
    if (ended === 'interrupted') return { f1, ended };
    const file = join(out, 'encoder.safetensors');
    const metadata = { trained: `mcc pretrain shapes --iterations ${iterations} --batch ${batchSize} --seed ${seed}`, f1: `${f1}` };
    await writeAtomically(file, serializeSafetensors(await vit.parameters.toStateDict(), { metadata, float: 'F16' }));
    return { file, f1, ended };
  } finally {
    await stream.return?.();
    progress.finish();
    log.close();
    interruption.release();
    for (const owner of [training, optimizer, heads, vit]) owner.dispose();
  }
}
