import * as tf from '@tensorflow/tfjs-core';
import { classActivationLogits, multiScaleCam, pseudoLabels } from '@wsss/cam';
import { affinityLoss, multilabelSoftMarginLoss } from '@wsss/losses';
import { interpolate, linear } from '@wsss/ops';
import type { VisionTransformer } from '@wsss/vit';
import { Parameters, type UniformSource } from '@wsss/weights';
import type { Contrast, Model } from './model.js';

/** Class activations up to `low` are background, from `high` on the class. */
const thresholds = { low: 0.35, high: 0.6 };

/**
 * ToCo (Ru et al., "Token Contrast for Weakly-Supervised Semantic Segmentation", CVPR 2023) without its decoder: a second classifier on
 * an earlier block, whose tokens are not yet smoothed into one; its class activation map says which patch tokens of the last block shall
 * be alike (patch-token contrast), and where the class tokens of local views have to look (class-token contrast).
 */
export function toco(vit: VisionTransformer, classes: number, contrast: Contrast | undefined, random: UniformSource): Model {
  const { embedSize } = vit.config;
  const init = { kind: 'uniform' as const, bound: 1 / Math.sqrt(embedSize) };
  const head = (name: string) => ({ name, shape: [embedSize, classes], layout: 'pointwise' as const, init });
  const heads = new Parameters([head('classifier.weight'), head('aux_classifier.weight')], random);
  const [classifier, auxiliaryClassifier] = [heads.get('classifier.weight'), heads.get('aux_classifier.weight')];
  const cams = (images: tf.Tensor4D) =>
    multiScaleCam(
      scaled => {
        const { patches, auxiliary, grid } = vit.encode(scaled);
        return [classActivationLogits(patches, classifier, grid), classActivationLogits(auxiliary, auxiliaryClassifier, grid)];
      },
      images,
      { scales: [1, 0.5] },
    ) as [tf.Tensor4D, tf.Tensor4D];
  return {
    cam: images => tf.tidy(() => cams(images)[0]),
    trainable: () => new Map([...vit.parameters.trainable(), ...heads.trainable(), ...(contrast?.trainable() ?? [])]),
    losses({ view1, view2, local, labels, rng }): Record<string, tf.Scalar> {
      const { cls, patches, auxiliary, grid } = vit.encode(view1);
      const [, auxiliaryCam] = cams(view1);
      const pooled = (tokens: tf.Tensor3D, weight: tf.Tensor) => linear(tf.max(tokens, 1), weight) as tf.Tensor2D;
      const patchLabels = pseudoLabels(interpolate(auxiliaryCam, grid, { mode: 'bilinear' }), labels, thresholds);
      const losses = {
        classification: multilabelSoftMarginLoss(pooled(patches, classifier), labels),
        auxiliary: multilabelSoftMarginLoss(pooled(auxiliary, auxiliaryClassifier), labels),
        patchTokens: tf.mul(affinityLoss(patches, patchLabels), 0.2) as tf.Scalar,
      };
      if (!contrast) return losses;
      const globalTokens = tf.concat([cls, vit.encode(view2).cls], 0) as tf.Tensor2D;
      const { loss } = contrast.step({ encoder: vit, views: { globalTokens, local }, cam: auxiliaryCam, labels, rng });
      return { ...losses, classTokens: tf.mul(loss, 0.5) };
    },
  };
}
