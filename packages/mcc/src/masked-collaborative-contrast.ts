import * as tf from '@tensorflow/tfjs-core';
import { noGradient } from '@wsss/ops';
import type { UniformSource } from '@wsss/weights';
import { type ContrastOptions, contrastLoss } from './contrast-loss.js';
import { updateTeacher } from './ema-teacher.js';
import { Projector, type ProjectorConfig } from './projector.js';
import type { VisiblePatchLists } from './visible-patches.js';

/** What MCC needs of a backbone: the CLS token of images of which only some patches are visible. */
export interface MaskableEncoder {
  /**
   * @param images float32 [B, H, W, 3]
   * @param options.visible `patches` int32 [R, V]: patch numbers image · h·w + patch; `padding` float32 [R, V]: 1 where an entry is none.
   * @returns `cls` float32 [R, D] (or [B, D] without `visible`).
   */
  encode(images: tf.Tensor4D, options?: { visible?: { patches: tf.Tensor2D; padding: tf.Tensor2D } }): { cls: tf.Tensor2D };
}

export interface MccConfig extends ProjectorConfig, ContrastOptions {
  /** m of the teacher's moving average. Default 0.9. */
  momentum?: number;
}

/**
 * Masked Collaborative Contrast (Wu et al., WACV 2024): local views that see few patches are drawn to the whole image where those
 * patches matter for its classes, and pushed away where they do not.
 *
 * @example
 * const mcc = new MaskedCollaborativeContrast({ inputSize: 192 }, random);
 * mcc.updateTeacher(); // before each forward pass
 * const loss = mcc.loss({ globalTokens, localTokens, flags });
 */
export class MaskedCollaborativeContrast {
  readonly config: Required<MccConfig>;
  readonly student: Projector;
  readonly teacher: Projector;

  /** @param random Seeded uniform numbers for the student's initial weights; the teacher starts as its copy. */
  constructor(config: MccConfig, random?: UniformSource) {
    const { hiddenSize = 2048, bottleneckSize = 256, outputSize = 1024, momentum = 0.9, temperature = 0.5, epsilon = 1e-4 } = config;
    this.config = { inputSize: config.inputSize, hiddenSize, bottleneckSize, outputSize, momentum, temperature, epsilon };
    this.student = new Projector(this.config, random, 'proj_head.');
    this.teacher = new Projector(this.config, undefined, 'proj_head_t.');
    updateTeacher(this.teacher.parameters, this.student.parameters, 0);
  }

  /** Moves the teacher towards the student; the reference program does so before each forward pass. */
  updateTeacher(): void {
    updateTeacher(this.teacher.parameters, this.student.parameters, this.config.momentum);
  }

  /**
   * CLS tokens of the local views: every row of `visible` is one masked view.
   *
   * @param localImages float32 [B, H, W, 3]
   * @param visible Tensors of {@link VisiblePatchLists}: `patches` int32 and `padding` float32 [L·B, V], rows view-major.
   * @returns float32 [L·B, D]
   */
  encodeLocalViews(
    encoder: MaskableEncoder,
    localImages: tf.Tensor4D,
    visible: { patches: tf.Tensor2D; padding: tf.Tensor2D },
  ): tf.Tensor2D {
    return tf.tidy(() => encoder.encode(localImages, { visible }).cls);
  }

  /**
   * Projects all views.
   *
   * @param globalTokens float32 [2·B, D]: CLS tokens of the two global views, view-major. The teacher sees them without gradient.
   * @param localTokens float32 [L·B, D], view-major.
   * @returns `student` float32 [(2 + L)·B, outputSize], `teacher` float32 [2·B, outputSize].
   */
  project(globalTokens: tf.Tensor2D, localTokens: tf.Tensor2D): { student: tf.Tensor2D; teacher: tf.Tensor2D } {
    return tf.tidy(() => ({
      student: this.student.project(tf.concat([globalTokens, localTokens], 0)),
      teacher: noGradient(() => this.teacher.project(globalTokens)),
    }));
  }

  /**
   * The contrast of all views of a batch.
   *
   * @param flags float32 [B, 2 + L] from {@link viewFlags}.
   * @returns A scalar.
   */
  loss(views: { globalTokens: tf.Tensor2D; localTokens: tf.Tensor2D; flags: tf.Tensor2D }): tf.Scalar {
    return tf.tidy(() => {
      const { student, teacher } = this.project(views.globalTokens, views.localTokens);
      return contrastLoss(student, teacher, views.flags, this.config);
    });
  }

  dispose(): void {
    this.student.dispose();
    this.teacher.dispose();
  }
}

/** Visible-patch lists as the tensors that {@link MaskableEncoder.encode} takes. */
export function visiblePatchTensors({ rows, length, patches, padding }: VisiblePatchLists): { patches: tf.Tensor2D; padding: tf.Tensor2D } {
  return { patches: tf.tensor2d(patches, [rows, length], 'int32'), padding: tf.tensor2d(padding, [rows, length]) };
}
