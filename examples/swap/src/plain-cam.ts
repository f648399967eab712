import * as tf from '@tensorflow/tfjs-core';
import { classActivationLogits, multiScaleCam } from '@wsss/cam';
import { multilabelSoftMarginLoss } from '@wsss/losses';
import { linear } from '@wsss/ops';
import type { VisionTransformer } from '@wsss/vit';
import { Parameters, type UniformSource } from '@wsss/weights';
import type { Contrast, Model } from './model.js';

/**
 * A plain multi-label vision transformer: an image's logits are a linear map of the maximum over its patch tokens, and the same map at
 * every patch is its class activation map. With a contrast, that is a second loss.
 */
export function plainCam(vit: VisionTransformer, classes: number, contrast: Contrast | undefined, random: UniformSource): Model {
  const { embedSize } = vit.config;
  const init = { kind: 'uniform' as const, bound: 1 / Math.sqrt(embedSize) };
  const heads = new Parameters([{ name: 'classifier.weight', shape: [embedSize, classes], layout: 'pointwise', init }], random);
  const classifier = heads.get('classifier.weight');
  const cam = (images: tf.Tensor4D) =>
    multiScaleCam(
      scaled => {
        const { patches, grid } = vit.encode(scaled);
        return [classActivationLogits(patches, classifier, grid)];
      },
      images,
      { scales: [1, 0.5] },
    )[0]!;
  return {
    cam,
    trainable: () => new Map([...vit.parameters.trainable(), ...heads.trainable(), ...(contrast?.trainable() ?? [])]),
    losses({ view1, view2, local, labels, rng }): Record<string, tf.Scalar> {
      const { patches, cls } = vit.encode(view1);
      const classification = multilabelSoftMarginLoss(linear(tf.max(patches, 1), classifier) as tf.Tensor2D, labels);
      if (!contrast) return { classification };
      const globalTokens = tf.concat([cls, vit.encode(view2).cls], 0) as tf.Tensor2D;
      const { loss } = contrast.step({ encoder: vit, views: { globalTokens, local }, cam: cam(view1), labels, rng });
      return { classification, contrast: tf.mul(loss, 0.5) };
    },
  };
}
