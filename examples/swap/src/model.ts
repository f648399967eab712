import type * as tf from '@tensorflow/tfjs-core';
import type { MccStepInputs } from '@wsss/mcc';
import type { UniformSource } from '@wsss/weights';

/** What a model learns from in one iteration. */
interface Batch {
  /** float32 [B, S, S, 3], normalized: the training crop, another crop of the picture, and the training crop in other colors. */
  view1: tf.Tensor4D;
  view2: tf.Tensor4D;
  local: tf.Tensor4D;
  /** float32 [B, C]: image-level labels. */
  labels: tf.Tensor2D;
  /** Seeded uniform numbers. */
  rng: UniformSource;
}

/** A model that is trained on image-level labels and gives class activation maps. */
export interface Model {
  /** Everything that is trained. */
  trainable(): Map<string, tf.Variable>;
  /** Losses by name; what is trained on is their sum. Differentiable. */
  losses(batch: Batch): Record<string, tf.Scalar>;
  /** Class activation maps float32 [B, H, W, C] in [0, 1]. */
  cam(images: tf.Tensor4D): tf.Tensor4D;
}

/** A contrast of the whole image with parts of it. `MaskedCollaborativeContrast` is one, `CropContrast` another. */
export interface Contrast {
  step(inputs: MccStepInputs): { loss: tf.Scalar };
  trainable(): Map<string, tf.Variable>;
}
