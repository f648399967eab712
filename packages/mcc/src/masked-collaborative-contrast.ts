import * as tf from '@tensorflow/tfjs-core';
import { classTokens } from './class-tokens.js';
import {
  type ContrastConfig,
  type Contrasted,
  ContrastHead,
  type ContrastInputs,
  globalTokensOf,
  type MccStepInputs,
} from './contrast-head.js';
import { drawKeyMasks, type KeyMaskOptions, type KeyMasks, patchImportance, viewFlags } from './key-masks.js';
import type { MaskableEncoder, VisibleRows } from './maskable-encoder.js';
import { checkedUniform, checkStepInputs } from './step-inputs.js';
import { type KeyMaskTensors, keyMaskTensors } from './visible-patches.js';

export interface MccConfig extends ContrastConfig {
  /** Side of the encoder's square patches, in pixels. Only `step`, which draws masks, asks for it. */
  patchSize?: number;
  /** Local views an image, share of hidden cells, side of a cell in patches. Default 8, 0.95, 4. */
  masks?: KeyMaskOptions;
}

/** What a step gives. The caller owns the tensors. */
export interface MccStep extends Omit<Contrasted, 'positiveViews' | 'chance'> {
  /** The masks that were drawn, in host memory. */
  masks: KeyMasks;
  diagnostics: Pick<Contrasted, 'positiveViews' | 'chance'> & {
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
export class MaskedCollaborativeContrast extends ContrastHead<MccConfig> {
  /**
   * One step: moves the teacher, draws the masks, encodes what is not encoded yet, and contrasts. Differentiable with respect to encoder
   * and projector; call it where the other losses of the model are computed.
   *
   * @throws Error when a view, `cls` or `rng` is missing, when shapes do not fit, when `patchSize` was not given to the constructor or
   * does not divide the local view, when values of `cam` or `labels` are NaN or outside [0, 1] (on webgpu these are not read).
   */
  step(inputs: MccStepInputs): MccStep {
    const { encoder, views, cam, labels, rng, moveTeacher = true } = inputs;
    const { patchSize, inputSize, masks: options } = this.config;
    if (!patchSize) throw new Error(`${STEP}: give the constructor the patchSize of the encoder`);
    checkStepInputs(STEP, inputs, inputSize);
    const masks = drawKeyMasks(checkedUniform(STEP, rng), views.local.shape[0]!, patchGrid(views.local, patchSize), options);
    const { loss, flags, positiveViews, chance } = tf.tidy(() => {
      const globalTokens = globalTokensOf(encoder, views, inputSize);
      if (moveTeacher) this.updateTeacher();
      return this.contrast({ encoder, globalTokens, local: views.local, cam, labels, masks: keyMaskTensors(masks) });
    });
    return { loss, masks, flags, diagnostics: { positiveViews, chance, ...visibility(masks) } };
  }

  /**
   * What {@link step} does once the masks are drawn and the global views encoded: importance of patches, flags, local views, loss. All
   * inputs are tensors, so that it can be part of a traced graph.
   */
  contrast(inputs: ContrastInputs & { masks: KeyMaskTensors }): Contrasted {
    const { encoder, globalTokens, local, cam, labels, masks, thresholds = this.config } = inputs;
    return tf.tidy(() => {
      const [, , rows, columns] = masks.hidden.shape;
      const importance = patchImportance(cam as tf.Tensor4D, labels as tf.Tensor2D, [rows, columns], thresholds);
      const flags = viewFlags(importance, masks.hidden, thresholds.positiveRatio);
      const localTokens = this.encodeLocalViews(encoder, local, masks);
      return this.contrasted({ globalTokens, localTokens, flags });
    });
  }

  /**
   * Summaries of the local views: every row of `visible` is one masked view.
   *
   * @param localImages float32 [B, H, W, 3]
   * @param visible Tensors of {@link VisiblePatchLists}: `patches` int32 and `padding` float32 [L·B, V], rows view-major.
   * @returns float32 [L·B, D]
   * @throws Error when the encoder gives no `cls`, or one of another shape.
   */
  encodeLocalViews(encoder: MaskableEncoder, localImages: tf.Tensor, { patches, padding }: VisibleRows): tf.Tensor2D {
    const shape = { rows: patches.shape[0], size: this.config.inputSize };
    return tf.tidy(() => classTokens(encoder, localImages, shape, { patches, padding }));
  }
}

const STEP = 'MaskedCollaborativeContrast.step';

function patchGrid(local: tf.Tensor, patchSize: number): [rows: number, columns: number] {
  const [, height, width] = local.shape as [number, number, number, number];
  if (!(Number.isInteger(patchSize) && patchSize > 0)) throw new Error(`${STEP}: patchSize is ${patchSize}, expected a positive integer`);
  for (const side of [height, width])
    if (side < patchSize || side % patchSize) {
      const [below, above] = [Math.floor(side / patchSize), Math.ceil(side / patchSize)].map(n => n * patchSize);
      throw new Error(
        `${STEP}: views.local is ${height}×${width}, expected multiples of the patchSize ${patchSize}; ` +
          `in the place of ${side} use ${below ? `${below} or ` : ''}${above}`,
      );
    }
  return [height / patchSize, width / patchSize];
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
