import * as tf from '@tensorflow/tfjs-core';
import { type ContrastOptions, classTokenContrastLoss, contrastByChance } from '@wsss/losses';
import { noGradient } from '@wsss/ops';
import type { UniformSource } from '@wsss/weights';
import { classTokens } from './class-tokens.js';
import { updateTeacher } from './ema-teacher.js';
import type { MaskableEncoder } from './maskable-encoder.js';
import { Projector, type ProjectorConfig } from './projector.js';

/** What makes a local view positive. */
export interface FlagThresholds {
  /** Class activation at most this: the patch does not matter. Default 0.25. */
  low?: number;
  /** Class activation at least this: the patch matters twice. Default 0.7. */
  high?: number;
  /** A view is positive if its patches matter more than this on average. Default 0.2. */
  positiveRatio?: number;
}

export interface ContrastConfig extends ProjectorConfig, ContrastOptions, FlagThresholds {
  /** m of the teacher's moving average. Default 0.9. */
  momentum?: number;
}

/** The views of a batch: two global ones, as images or as summaries that are known already, and one that is seen in parts. */
export type MccViews = {
  /** float32 [B, H, W, 3]: of this each local view sees a few patches. It must show what the CAM is of, perhaps in other colors. */
  local: tf.Tensor;
} & (
  | { /** float32 [B, H, W, 3] each. */ global: readonly [tf.Tensor, tf.Tensor] }
  | { /** float32 [2·B, D], view-major: what the encoder made of them. */ globalTokens: tf.Tensor }
);

export interface MccStepInputs {
  encoder: MaskableEncoder;
  views: MccViews;
  /** float32 [B, h, w, C] in [0, 1], of any size: class activation maps, for instance of `multiScaleCam`. No gradient flows to them. */
  cam: tf.Tensor;
  /** float32 [B, C]: image-level labels, 0 or 1. */
  labels: tf.Tensor;
  /** Seeded uniform numbers in [0, 1), from which the local views are drawn. */
  rng: UniformSource;
  /** Whether the teacher moves first. Default true; say false for all but the first of several batches whose gradients are added up. */
  moveTeacher?: boolean;
}

/** What a step's tensors-only part takes, beside what was drawn. */
export interface ContrastInputs extends Pick<MccStepInputs, 'encoder' | 'cam' | 'labels'> {
  /** float32 [2·B, D], view-major. */
  globalTokens: tf.Tensor;
  /** float32 [B, H, W, 3] */
  local: tf.Tensor;
  /** Default: those of the configuration. `low` and `high` are scalars where they change from step to step. */
  thresholds?: { [name in keyof FlagThresholds]-?: name extends 'positiveRatio' ? number : number | tf.Scalar };
}

/** The outcome of a contrast. The caller owns the tensors. */
export type Contrasted = {
  /** The contrast loss, a mean over images: to be weighted (0.5 in the paper) and added to the others. */
  loss: tf.Scalar;
  /** float32 [B, 2 + L]: 1 = positive view; the two global ones first. */
  flags: tf.Tensor2D;
  /** Share of local views that are positive. Near 0 or 1 there is little to contrast: look at the CAM and its thresholds. */
  positiveViews: tf.Scalar;
  /** What the loss would be if the outputs said nothing: a loss that stays above it has learned nothing; see `contrastByChance`. */
  chance: tf.Scalar;
};

/**
 * What a contrast of the whole image with parts of it learns by: projectors of student and teacher, and the loss between their outputs.
 * {@link MaskedCollaborativeContrast} and {@link CropContrast} differ in what the parts are.
 */
export class ContrastHead<Config extends ContrastConfig = ContrastConfig> {
  readonly config: Config & Required<Omit<ContrastConfig, keyof ProjectorConfig>>;
  readonly student: Projector;
  readonly teacher: Projector;

  /** @param random Seeded uniform numbers for the student's initial weights; the teacher starts as its copy. */
  constructor(config: Config, random?: UniformSource) {
    const { momentum = 0.9, temperature = 0.5, epsilon = 1e-4, low = 0.25, high = 0.7, positiveRatio = 0.2 } = config;
    this.config = { ...config, momentum, temperature, epsilon, low, high, positiveRatio };
    this.student = new Projector(config, random, 'proj_head.');
    this.teacher = new Projector(config, undefined, 'proj_head_t.');
    updateTeacher(this.teacher.parameters, this.student.parameters, 0);
  }

  /** Moves the teacher towards the student; the reference program does so before each forward pass, and so does `step`. */
  updateTeacher(): void {
    noGradient(() => updateTeacher(this.teacher.parameters, this.student.parameters, this.config.momentum));
  }

  /** The parameters to train beside the model's: the student's. */
  trainable(): Map<string, tf.Variable> {
    return this.student.parameters.trainable();
  }

  /**
   * Projects all views.
   *
   * @param globalTokens float32 [2·B, D]: summaries of the two global views, view-major. The teacher sees them without gradient.
   * @param localTokens float32 [L·B, D], view-major.
   * @returns `student` float32 [(2 + L)·B, outputSize], `teacher` float32 [2·B, outputSize].
   */
  project(globalTokens: tf.Tensor, localTokens: tf.Tensor): { student: tf.Tensor2D; teacher: tf.Tensor2D } {
    return tf.tidy(() => ({
      student: this.student.project(tf.concat([globalTokens, localTokens], 0) as tf.Tensor2D),
      teacher: noGradient(() => this.teacher.project(globalTokens as tf.Tensor2D)),
    }));
  }

  /**
   * The contrast of all views of a batch.
   *
   * @param views.globalTokens float32 [2·B, D], view-major.
   * @param views.localTokens float32 [L·B, D], view-major.
   * @param views.flags float32 [B, 2 + L]: 1 = positive view; the two global ones first.
   * @returns A scalar.
   */
  loss(views: { globalTokens: tf.Tensor; localTokens: tf.Tensor; flags: tf.Tensor2D }): tf.Scalar {
    return tf.tidy(() => {
      const { student, teacher } = this.project(views.globalTokens, views.localTokens);
      return classTokenContrastLoss(student, teacher, views.flags, this.config);
    });
  }

  /** The same, with the flags and the share of local views that are positive. */
  contrasted(views: Parameters<ContrastHead['loss']>[0]): Contrasted {
    const { flags } = views;
    const positiveViews = noGradient(() => tf.mean(tf.slice(flags, [0, 2], [flags.shape[0], -1])) as tf.Scalar);
    const chance = noGradient(() => contrastByChance(flags, this.config));
    return { loss: this.loss(views), flags, positiveViews, chance };
  }

  dispose(): void {
    this.student.dispose();
    this.teacher.dispose();
  }
}

/** Summaries of the global views: float32 [2·B, D], view-major. */
export function globalTokensOf(encoder: MaskableEncoder, views: MccViews, inputSize: number): tf.Tensor {
  if ('globalTokens' in views) return views.globalTokens;
  const images = tf.concat(views.global.slice(), 0);
  return classTokens(encoder, images, { rows: images.shape[0]!, size: inputSize });
}
