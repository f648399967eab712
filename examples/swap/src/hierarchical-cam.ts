import * as tf from '@tensorflow/tfjs-core';
import { classActivationLogits, multiScaleCam } from '@wsss/cam';
import { multilabelSoftMarginLoss } from '@wsss/losses';
import { encoderFromAttentionMask } from '@wsss/mcc';
import { linear } from '@wsss/ops';
import { Parameters, type UniformSource } from '@wsss/weights';
import type { HierarchicalVit } from './hierarchical-vit.js';
import type { Contrast, Model } from './model.js';

/** Class activation maps of a transformer that has no class token and takes an attention mask instead of visible patches. */
export function hierarchicalCam(backbone: HierarchicalVit, classes: number, contrast: Contrast | undefined, random: UniformSource): Model {
  const { embedSize } = backbone;
  const init = { kind: 'uniform' as const, bound: 1 / Math.sqrt(embedSize) };
  const heads = new Parameters([{ name: 'classifier.weight', shape: [embedSize, classes], layout: 'pointwise', init }], random);
  const classifier = heads.get('classifier.weight');
  const encoder = encoderFromAttentionMask(backbone, backbone.patchSize);
  const cam = (images: tf.Tensor4D) =>
    multiScaleCam(
      scaled => {
        const { patches, grid } = backbone.encode(scaled);
        return [classActivationLogits(patches, classifier, grid)];
      },
      images,
      { scales: [1] },
    )[0]!;
  return {
    cam,
    trainable: () => new Map([...backbone.parameters.trainable(), ...heads.trainable(), ...(contrast?.trainable() ?? [])]),
    losses({ view1, view2, local, labels, rng }): Record<string, tf.Scalar> {
      const { patches } = backbone.encode(view1);
      const classification = multilabelSoftMarginLoss(linear(tf.max(patches, 1), classifier) as tf.Tensor2D, labels);
      if (!contrast) return { classification };
      const { loss } = contrast.step({ encoder, views: { global: [view1, view2], local }, cam: cam(view1), labels, rng });
      return { classification, contrast: tf.mul(loss, 0.5) };
    },
  };
}
