import * as tf from '@tensorflow/tfjs-core';
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
import { type KeyMaskTensors, keyMaskTensors } from './visible-patches.js';

export interface MccConfig extends ContrastConfig {
  /** Side of the encoder's square patches, in pixels. Only `step`, which draws masks, asks for it. */
  patchSize?: number;
  /** Local views an image, share of hidden cells, side of a cell in patches. Default 8, 0.95, 4. */
  masks?: KeyMaskOptions;
}

/** What a step gives. The caller owns the tensors. */
export interface MccStep extends Omit<Contrasted, 'positiveViews'> {
  /** The masks that were drawn, in host memory. */
  masks: KeyMasks;
  diagnostics: Pick<Contrasted, 'positiveViews'> & {
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
   * @throws Error when shapes do not fit, or `patchSize` was not given to the constructor.
   */
  step({ encoder, views, cam, labels, rng, moveTeacher = true }: MccStepInputs): MccStep {
    const { patchSize, masks: options } = this.config;
    if (!patchSize) throw new Error('MaskedCollaborativeContrast.step: give the constructor the patchSize of the encoder');
    const { local } = views;
    const [batch, height, width] = local.shape;
    const masks = drawKeyMasks(rng, batch, [Math.floor(height / patchSize), Math.floor(width / patchSize)], options);
    if (moveTeacher) this.updateTeacher();
    const { loss, flags, positiveViews } = tf.tidy(() =>
      this.contrast({ encoder, globalTokens: globalTokensOf(encoder, views), local, cam, labels, masks: keyMaskTensors(masks) }),
    );
    return { loss, masks, flags, diagnostics: { positiveViews, ...visibility(masks) } };
  }

  /**
   * What {@link step} does once the masks are drawn and the global views encoded: importance of patches, flags, local views, loss. All
   * inputs are tensors, so that it can be part of a traced graph.
   */
  contrast(inputs: ContrastInputs & { masks: KeyMaskTensors }): Contrasted {
    const { encoder, globalTokens, local, cam, labels, masks, thresholds = this.config } = inputs;
    return tf.tidy(() => {
      const [, , rows, columns] = masks.hidden.shape;
      const flags = viewFlags(patchImportance(cam, labels, [rows, columns], thresholds), masks.hidden, thresholds.positiveRatio);
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
   */
  encodeLocalViews(encoder: MaskableEncoder, localImages: tf.Tensor4D, { patches, padding }: VisibleRows): tf.Tensor2D {
    return tf.tidy(() => encoder.encode(localImages, { visible: { patches, padding } }).cls);
  }
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
