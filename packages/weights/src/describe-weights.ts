import { isWide, type WideArray } from '@wsss/numpy';
import { type EncoderWeights, type EncoderWeightsOptions, encoderWeights } from './encoder-weights.js';
import type { StateDict, WeightsFile } from './weights-content.js';

/** The range of a tensor's values. */
export interface TensorStatistics {
  shape: number[];
  /** Of all values that are finite; absent where there are none. Integers that a double does not hold are text. */
  minimum?: number | string;
  mean?: number;
  maximum?: number | string;
  /** Values that are NaN or infinite. */
  notFinite: number;
}

/** The sizes of a vision transformer, as far as its tensors tell them. */
export interface EncoderSizes {
  embedSize: number;
  depth: number;
  patchSize: number;
  imageSize: number;
  /** Hidden size of a block's MLP as a multiple of `embedSize`, where it is not 4. */
  mlpRatio?: number;
  /** Whether its blocks have LayerScale. */
  layerScale?: true;
  /** Register tokens, if any. */
  registers?: number;
}

/** The vision transformer in a file, and its sizes. */
export type EncoderDescription = Omit<EncoderWeights, 'tensors'> & EncoderSizes;

/** What {@link describeWeights} finds. */
export interface WeightsDescription {
  /** `stored` is how a tensor is stored in the file, such as f16, where the format tells. */
  tensors: ({ name: string; stored?: string } & TensorStatistics)[];
  /** Of all tensors together. */
  values: number;
  notFinite: number;
  /** What is in the file and not read, by name, see `WeightsContent`. */
  opaque: Record<string, string>;
  encoder?: EncoderDescription;
  /** Why there is no encoder. */
  noEncoder?: string;
}

/** What a file of weights holds: shapes and ranges of its tensors, and the vision transformer among them, see {@link encoderWeights}. */
export function describeWeights(weights: WeightsFile, options: EncoderWeightsOptions = {}): WeightsDescription {
  const { tensors, integers, types, opaque } = weights;
  const all = [...tensors, ...integers];
  const described = all.map(([name, tensor]) => ({ name, stored: types.get(name), ...statistics(tensor) }));
  const found: WeightsDescription = {
    tensors: described,
    values: all.reduce((sum, [, { data }]) => sum + data.length, 0),
    notFinite: described.reduce((sum, { notFinite }) => sum + notFinite, 0),
    opaque: Object.fromEntries(opaque),
  };
  try {
    const { tensors: encoder, ...about } = encoderWeights(tensors, { opaque, ...options });
    found.encoder = { ...about, ...encoderSizes(encoder) };
  } catch (error) {
    found.noEncoder = (error as Error).message;
  }
  return found;
}

/** The sizes of an encoder under timm's names, as {@link encoderWeights} gives it. */
export function encoderSizes(tensors: StateDict): EncoderSizes {
  const [embedSize = 0, , patchSize = 0] = tensors.get('patch_embed.proj.weight')?.shape ?? [];
  const positions = (tensors.get('pos_embed')?.shape[1] ?? 1) - 1;
  const depth = 1 + [...tensors.keys()].reduce((last, name) => Math.max(last, Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1)), -1);
  const hidden = tensors.get('blocks.0.mlp.fc1.weight')?.shape[0];
  const registers = tensors.get('reg_token')?.shape[1];
  return {
    ...{ embedSize, depth, patchSize, imageSize: Math.round(Math.sqrt(positions)) * patchSize },
    ...(hidden && hidden !== 4 * embedSize && { mlpRatio: hidden / embedSize }),
    ...(tensors.has('blocks.0.ls1.gamma') && { layerScale: true as const }),
    ...(registers && { registers }),
  };
}

function statistics({ shape, data }: WideArray): TensorStatistics {
  if (isWide(data)) return wideStatistics(shape, data);
  let [minimum, maximum, total, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    total += value;
    finite++;
  }
  return finite ? { shape, minimum, mean: total / finite, maximum, notFinite: data.length - finite } : { shape, notFinite: data.length };
}

/** Integers beyond 32 bits: those beyond 53 as text. */
function wideStatistics(shape: number[], data: BigInt64Array | BigUint64Array): TensorStatistics {
  let [minimum, maximum, total] = [data[0]!, data[0]!, 0n];
  for (const value of data) {
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    total += value;
  }
  const shown = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`);
  return { shape, minimum: shown(minimum), mean: Number(total) / data.length, maximum: shown(maximum), notFinite: 0 };
}
