import type { Engine } from '@wsss/engine';
import { assertFits } from '@wsss/engine/graphs';
import type { Backbone } from '@wsss/vit';
import { leastNetworkValues } from '../network/network-values.js';
import type { Recipe } from '../recipes/recipe.js';
import { refusal } from '../run/advice.js';
import { localCropSize } from './prepare-batch.js';

/** A running engine, of Node or of a browser. */
export type AnyEngine = Omit<Engine, 'name'> & { readonly name: string };

/**
 * Bytes of tensors that a training iteration needs at its peak, beyond what data loading needs. An estimate: what is kept for the
 * backward pass of the encoder, the decoder and the local views, the CAMs of all classes, and parameters with gradients and slots.
 *
 * @param classes Foreground classes, C.
 * @param parameters Trainable values of the network.
 */
export function estimateTrainingBytes(recipe: Recipe, backbone: Backbone, classes: number, parameters: number): number {
  const { crop, batch, recompute, masks, decoder, weights, contrast, crops } = recipe;
  const { patchSize, embedSize, depth, heads, mlpRatio = 4, layerScale = false, registers = 0 } = backbone;
  const others = 1 + registers;
  const patches = (crop / patchSize) ** 2;
  const visible = Math.ceil(patches * (1 - masks.ratio) * 3); // rows are padded to the longest of them
  const ofCrop = (localCropSize(recipe) / patchSize) ** 2;
  const local = contrast.views === 'masked' ? masks.count * (visible + others) : crops.count * (ofCrop + others);
  const tokens = batch * (weights.contrast ? 2 * (patches + others) + local : patches + others);
  // Of each block: its inputs, the first one normalized, query, key and value as made and by head, what attention gives and its
  // projection, and the MLP before its GELU; with LayerScale what it scales.
  const keptPerToken = embedSize * (recompute ? 1 : 13 + mlpRatio + (layerScale ? 2 : 0));
  const oneBlock = 2 * batch * (patches + others) * embedSize * (14 + 2 * mlpRatio) + 3 * 2 * batch * heads * (patches + others) ** 2;
  const decoding = batch * patches * 9 * (embedSize + decoder.hiddenSize) * 2;
  const largestScale = Math.max(...recipe.cam.scales) ** 2;
  const camPass = 2 * batch * (largestScale * patches * embedSize * (6 + 2 * mlpRatio) + heads * (largestScale * patches) ** 2 * 2);
  const maps = batch * crop * crop * (6 * classes + 6 * (classes + 1));
  return 4 * (tokens * keptPerToken * depth + Math.max(oneBlock, camPass) + decoding + maps + 5 * parameters);
}

/**
 * Whether blocks are computed again in the backward pass: as the recipe says, and also where an iteration would not fit otherwise.
 *
 * @param budget Bytes that an iteration may take. Default: what the engine has.
 * @throws RangeError if it does not fit even so.
 */
export function recomputeToFit(
  engine: AnyEngine,
  recipe: Recipe,
  backbone: Backbone,
  classes: number,
  parameters: number,
  budget = Number.POSITIVE_INFINITY,
): boolean {
  const bytes = (recompute: boolean) => estimateTrainingBytes({ ...recipe, recompute }, backbone, classes, parameters);
  const left = Math.min(budget, engine.memoryBytes - engine.memoryInUse());
  const recompute = recipe.recompute || bytes(false) > left;
  assertFits(
    { ...engine, memoryBytes: left, memoryInUse: () => 0 },
    bytes(recompute),
    `an iteration on ${recipe.batch} crops of ${recipe.crop} pixels${recompute ? ', blocks computed again,' : ''}`,
  );
  return recompute;
}

/**
 * Refuses a network that can never be trained here, before it is built: parameters, gradients, two moments and a checkpoint of them are
 * more than there is.
 *
 * @param budget Bytes that an iteration may take. Default: what the engine has.
 * @throws RangeError saying how large it is.
 */
export function requireRoom(recipe: Recipe, classes: number, engine: Pick<Engine, 'memoryBytes'>, budget = Number.POSITIVE_INFINITY): void {
  const values = leastNetworkValues(recipe, classes);
  const room = Math.min(budget, engine.memoryBytes);
  if (16 * values > room)
    throw refusal(RangeError, {
      problem:
        `a network of at least ${(values / 1e6).toFixed(0)} million values ` +
        `needs ${((16 * values) / 2 ** 30).toFixed(1)} GiB to be trained, and there are ${(room / 2 ** 30).toFixed(1)} GiB`,
      advice: { command: '; choose smaller sizes (backbone, projector, decoder)', page: '; take a smaller encoder' },
    });
}
