import * as tf from '@tensorflow/tfjs-core';
import { type ContrastOptions, classTokenContrastLoss } from '@wsss/losses';
import { noGradient } from '@wsss/ops';
import type { UniformSource } from '@wsss/weights';
import { updateTeacher } from './ema-teacher.js';
import { drawKeyMasks, type KeyMaskOptions, type KeyMasks, patchImportance, viewFlags } from './key-masks.js';
import type { MaskableEncoder, VisibleRows } from './maskable-encoder.js';
import { Projector, type ProjectorConfig } from './projector.js';
import { type KeyMaskTensors, keyMaskTensors } from './visible-patches.js';

/** What makes a local view positive. */
export interface FlagThresholds {
  /** Class activation at most this: the patch does not matter. Default 0.25. */
  low?: number;
  /** Class activation at least this: the patch matters twice. Default 0.7. */
  high?: number;
  /** A view is positive if its patches matter more than this on average. Default 0.2. */
  positiveRatio?: number;
}

export interface MccConfig extends ProjectorConfig, ContrastOptions, FlagThresholds {
  /** Side of the encoder's square patches, in pixels. Only `step`, which draws masks, asks for it. */
  patchSize?: number;
  /** Local views an image, share of hidden cells, side of a cell in patches. Default 8, 0.95, 4. */
  masks?: KeyMaskOptions;
  /** m of the teacher's moving average. Default 0.9. */
  momentum?: number;
}

/** The views of a batch: two global ones, as images or as summaries that are known already, and one that is seen in parts. */
export type MccViews = {
  /** float32 [B, H, W, 3]: of this each local view sees a few patches. It must show what the CAM is of, perhaps in other colors. */
  local: tf.Tensor4D;
} & (
  | { /** float32 [B, H, W, 3] each. */ global: readonly [tf.Tensor4D, tf.Tensor4D] }
  | { /** float32 [2·B, D], view-major: what the encoder made of them. */ globalTokens: tf.Tensor2D }
);

export interface MccStepInputs {
  encoder: MaskableEncoder;
  views: MccViews;
  /** float32 [B, h, w, C] in [0, 1], of any size: class activation maps, for instance of `multiScaleCam`. No gradient flows to them. */
  cam: tf.Tensor4D;
  /** float32 [B, C]: image-level labels, 0 or 1. */
  labels: tf.Tensor2D;
  /** Seeded uniform numbers in [0, 1), from which the masks are drawn. */
  rng: UniformSource;
  /** Whether the teacher moves first. Default true; say false for all but the first of several batches whose gradients are added up. */
  moveTeacher?: boolean;
}

/** What a step gives. The caller owns the tensors. */
export interface MccStep {
  /** The contrast loss, a mean over images: to be weighted (0.5 in the paper) and added to the others. */
  loss: tf.Scalar;
  /** The masks that were drawn, in host memory. */
  masks: KeyMasks;
  /** float32 [B, 2 + L]: 1 = positive view; the two global ones first. */
  flags: tf.Tensor2D;
  diagnostics: {
    /** Share of local views that are positive. Near 0 or 1 there is little to contrast: look at the CAM and its thresholds. */
    positiveViews: tf.Scalar;
    /** Share of local views that see nothing at all; these are negative. */
    emptyViews: number;
    /** Patches that a local view sees, on average. */
    visiblePatches: number;
  };
}

/**
 * Masked Collaborative Contrast (Wu et al., WACV 2024): local views that see few patches are drawn to the whole image where those
 * patches matter for its classes, and pushed away where they do not. It knows no backbone: {@link MaskableEncoder} is all it asks for.
 *
 * `step` is the whole of it. It is made of `drawKeyMasks`, `patchImportance`, `viewFlags`, `Projector`, `updateTeacher` and
 * `classTokenContrastLoss`, which can as well be used alone.
 *
 * @example
 * const mcc = new MaskedCollaborativeContrast({ inputSize: 192, patchSize: 16 }, random);
 * const { loss } = mcc.step({ encoder, views: { global: [view1, view2], local }, cam, labels, rng });
 */
export class MaskedCollaborativeContrast {
  readonly config: Required<Omit<MccConfig, 'patchSize' | 'masks'>> & Pick<MccConfig, 'patchSize' | 'masks'>;
  readonly student: Projector;
  readonly teacher: Projector;

  /** @param random Seeded uniform numbers for the student's initial weights; the teacher starts as its copy. */
  constructor(config: MccConfig, random?: UniformSource) {
    const { hiddenSize = 2048, bottleneckSize = 256, outputSize = 1024, momentum = 0.9, temperature = 0.5, epsilon = 1e-4 } = config;
    const { inputSize, patchSize, masks, low = 0.25, high = 0.7, positiveRatio = 0.2 } = config;
    const sizes = { inputSize, hiddenSize, bottleneckSize, outputSize };
    this.config = { ...sizes, momentum, temperature, epsilon, low, high, positiveRatio, patchSize, masks };
    this.student = new Projector(sizes, random, 'proj_head.');
    this.teacher = new Projector(sizes, undefined, 'proj_head_t.');
    updateTeacher(this.teacher.parameters, this.student.parameters, 0);
  }

  /** Moves the teacher towards the student; the reference program does so before each forward pass, and so does {@link step}. */
  updateTeacher(): void {
    updateTeacher(this.teacher.parameters, this.student.parameters, this.config.momentum);
  }

  /** The parameters to train beside the model's: the student's. */
  trainable(): Map<string, tf.Variable> {
    return this.student.parameters.trainable();
  }

  /**
   * One step: moves the teacher, draws the masks, encodes what is not encoded yet, and contrasts. Differentiable with respect to encoder
   * and projector; call it where the other losses of the model are computed.
   *
   * @throws Error when shapes do not fit, or `patchSize` was not given to the constructor.
   */
  step({ encoder, views, cam, labels, rng, moveTeacher = true }: MccStepInputs): MccStep {
    const { patchSize, masks: options } = this.config;
    if (!patchSize) throw new Error('MaskedCollaborativeContrast.step: give the constructor the patchSize of the encoder');
    const [batch, height, width] = views.local.shape;
    const masks = drawKeyMasks(rng, batch, [Math.floor(height / patchSize), Math.floor(width / patchSize)], options);
    if (moveTeacher) noGradient(() => this.updateTeacher());
    const { loss, flags, positiveViews } = tf.tidy(() => {
      const globalTokens = 'globalTokens' in views ? views.globalTokens : encoder.encode(tf.concat(views.global.slice(), 0)).cls;
      return this.contrast({ encoder, globalTokens, localView: views.local, cam, labels, masks: keyMaskTensors(masks) });
    });
    return { loss, masks, flags, diagnostics: { positiveViews, ...visibility(masks) } };
  }

  /**
   * What {@link step} does once the masks are drawn and the global views encoded: importance of patches, flags, local views, loss. All
   * inputs are tensors, so that it can be part of a traced graph.
   *
   * @param inputs.globalTokens float32 [2·B, D], view-major.
   * @param inputs.localView float32 [B, H, W, 3]
   * @param inputs.thresholds Default: those of the configuration.
   * @returns loss, flags float32 [B, 2 + L], and the share of positive local views.
   */
  contrast(inputs: {
    encoder: MaskableEncoder;
    globalTokens: tf.Tensor2D;
    localView: tf.Tensor4D;
    cam: tf.Tensor4D;
    labels: tf.Tensor2D;
    masks: KeyMaskTensors;
    thresholds?: Required<FlagThresholds>;
  }): { loss: tf.Scalar; flags: tf.Tensor2D; positiveViews: tf.Scalar } {
    const { encoder, globalTokens, localView, cam, labels, masks, thresholds = this.config } = inputs;
    return tf.tidy(() => {
      const [, , rows, columns] = masks.hidden.shape;
      const flags = viewFlags(patchImportance(cam, labels, [rows, columns], thresholds), masks.hidden, thresholds.positiveRatio);
      const localTokens = this.encodeLocalViews(encoder, localView, masks);
      return { loss: this.loss({ globalTokens, localTokens, flags }), flags, positiveViews: positiveShare(flags) };
    });
  }

  /**
   * Summaries of the local views: every row of `visible` is one masked view.
   *
   * @param localImages float32 [B, H, W, 3]
   * @param visible Tensors of {@link VisiblePatchLists}: `patches` int32 and `padding` float32 [L·B, V], rows view-major.
   * @returns float32 [L·B, D]
   */
  encodeLocalViews(encoder: MaskableEncoder, localImages: tf.Tensor4D, { patches, padding }: VisibleRows): tf.Tensor2D {
    return tf.tidy(() => encoder.encode(localImages, { visible: { patches, padding } }).cls);
  }

  /**
   * Projects all views.
   *
   * @param globalTokens float32 [2·B, D]: summaries of the two global views, view-major. The teacher sees them without gradient.
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
      return classTokenContrastLoss(student, teacher, views.flags, this.config);
    });
  }

  dispose(): void {
    this.student.dispose();
    this.teacher.dispose();
  }
}

/** Share of positive ones among the local views, from flags [B, 2 + L]. */
export function positiveShare(flags: tf.Tensor2D): tf.Scalar {
  return noGradient(() => tf.mean(tf.slice(flags, [0, 2], [flags.shape[0], -1])) as tf.Scalar);
}

function visibility({ count, batch, grid, hidden }: KeyMasks): { emptyViews: number; visiblePatches: number } {
  const patches = grid[0] * grid[1];
  const views = count * batch;
  let [visible, empty] = [0, 0];
  for (let view = 0; view < views; view++) {
    const ofView = hidden.subarray(view * patches, (view + 1) * patches).reduce((sum, h) => sum + 1 - h, 0);
    visible += ofView;
    if (!ofView) empty++;
  }
  return { emptyViews: empty / views, visiblePatches: visible / views };
}
