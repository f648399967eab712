import * as tf from '@tensorflow/tfjs-core';
import type { UniformSource } from '@wsss/weights';
import { classTokens } from './class-tokens.js';
import {
  type ContrastConfig,
  type Contrasted,
  ContrastHead,
  type ContrastInputs,
  globalTokensOf,
  type MccStepInputs,
} from './contrast-head.js';
import { patchImportance } from './key-masks.js';
import { checkedUniform, checkStepInputs } from './step-inputs.js';
import { uncertainCrops } from './uncertain-crops.js';

export interface CropContrastConfig extends ContrastConfig {
  /** Side S of the local crops in pixels. */
  cropSize: number;
  /** Crops an image, L. Default 8. */
  count?: number;
}

/**
 * The class-token contrast of ToCo (Ru et al., CVPR 2023, section 3.4): the whole image against small crops of it, which lie around places
 * of which a class activation map is not certain. It stands in the place of {@link MaskedCollaborativeContrast}, and takes the same.
 *
 * @example
 * const contrast = new CropContrast({ inputSize: 192, cropSize: 96 }, random);
 * const { loss } = contrast.step({ encoder, views: { global: [view1, view2], local }, cam, labels, rng });
 */
export class CropContrast extends ContrastHead<CropContrastConfig> {
  /**
   * One step: moves the teacher, draws the crops, encodes what is not encoded yet, and contrasts. Differentiable with respect to encoder
   * and projector; call it where the other losses of the model are computed.
   *
   * @throws Error when a view, `cls` or `rng` is missing, when shapes do not fit, when values of `cam` or `labels` are NaN or outside
   * [0, 1] (on webgpu these are not read).
   */
  step(inputs: MccStepInputs): Contrasted {
    const { encoder, views, cam, labels, rng, moveTeacher = true } = inputs;
    const { cropSize, count, inputSize } = this.config;
    checkStepInputs(STEP, inputs, inputSize);
    const { local } = views;
    const [batch, height, width] = local.shape as [number, number, number, number];
    return tf.tidy(() => {
      const chances = drawCropChances(checkedUniform(STEP, rng), batch, [height, width], cropSize);
      const globalTokens = globalTokensOf(encoder, views, inputSize);
      if (moveTeacher) this.updateTeacher();
      return contrastCrops(this, { encoder, globalTokens, local, cam, labels, chances, count });
    });
  }
}

const STEP = 'CropContrast.step';

/**
 * What {@link CropContrast.step} does once the chances are drawn and the global views encoded: importance of pixels, crops and their flags,
 * loss. All inputs are tensors, so that it can be part of a traced graph.
 *
 * @param head Projectors and loss: those of any contrast.
 * @param inputs.chances Of {@link drawCropChances}. Their shape says how large the crops are.
 * @param inputs.count Crops an image. Default 8.
 */
export function contrastCrops(head: ContrastHead, inputs: ContrastInputs & { chances: tf.Tensor3D; count?: number }): Contrasted {
  const { encoder, globalTokens, local, cam, labels, chances, count, thresholds = head.config } = inputs;
  return tf.tidy(() => {
    const [, height, width] = local.shape as [number, number, number, number];
    const importance = patchImportance(cam as tf.Tensor4D, labels as tf.Tensor2D, [height, width], thresholds);
    const { crops, flags } = uncertainCrops(local as tf.Tensor4D, importance, chances, { count, positiveRatio: thresholds.positiveRatio });
    const localTokens = classTokens(encoder, crops, { rows: crops.shape[0], size: head.config.inputSize });
    return head.contrasted({ globalTokens, localTokens, flags });
  });
}

/**
 * Draws what decides where the crops are: a uniform number in [0, 1) for each place that one may have.
 *
 * @param size Height and width of the images, H and W.
 * @param cropSize Side S of the crops, in pixels.
 * @returns float32 [B, H − S + 1, W − S + 1], which the caller owns.
 * @throws Error when the crops are larger than the images.
 */
export function drawCropChances(random: UniformSource, batch: number, size: readonly [number, number], cropSize: number): tf.Tensor3D {
  const [rows, columns] = size.map(side => side - cropSize + 1) as [number, number];
  if (!(Number.isInteger(cropSize) && cropSize >= 1 && rows >= 1 && columns >= 1))
    throw new Error(
      `drawCropChances: crops of side ${cropSize}, expected a whole number in 1…${Math.min(...size)}, the side of the images`,
    );
  const chances = Float32Array.from({ length: batch * rows * columns }, () => random());
  return tf.tensor3d(chances, [batch, rows, columns]);
}
