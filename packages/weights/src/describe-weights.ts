import { type EncoderWeights, type EncoderWeightsOptions, encoderWeights } from './encoder-weights.js';
import type { HostTensor } from './safetensors.js';
import type { WeightsFile } from './weights-file.js';

interface TensorStatistics {
  shape: number[];
  /** Of all values that are finite; absent where there are none. */
  minimum?: number;
  mean?: number;
  maximum?: number;
  /** Values that are NaN or infinite. */
  notFinite: number;
}

/** The vision transformer in a file, and its sizes. */
export interface EncoderDescription extends Omit<EncoderWeights, 'tensors'> {
  embedSize: number;
  depth: number;
  patchSize: number;
  imageSize: number;
}

/** What {@link describeWeights} finds. */
export interface WeightsDescription {
  /** `stored` is how a tensor is stored in the file, such as f16, where the format tells. */
  tensors: ({ name: string; stored?: string } & TensorStatistics)[];
  /** Of all tensors together. */
  values: number;
  notFinite: number;
  encoder?: EncoderDescription;
  /** Why there is no encoder. */
  noEncoder?: string;
}

/** What a file of weights holds: shapes and ranges of its tensors, and the vision transformer among them, see {@link encoderWeights}. */
export function describeWeights({ tensors, types }: WeightsFile, options: EncoderWeightsOptions = {}): WeightsDescription {
  const described = [...tensors].map(([name, tensor]) => ({ name, stored: types.get(name), ...statistics(tensor) }));
  const found: WeightsDescription = {
    tensors: described,
    values: [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
    notFinite: described.reduce((sum, { notFinite }) => sum + notFinite, 0),
  };
  try {
    found.encoder = sizesOf(encoderWeights(tensors, options));
  } catch (error) {
    found.noEncoder = (error as Error).message;
  }
  return found;
}

function sizesOf({ tensors, ...found }: EncoderWeights): EncoderDescription {
  const [embedSize = 0, , patchSize = 0] = tensors.get('patch_embed.proj.weight')?.shape ?? [];
  const positions = (tensors.get('pos_embed')?.shape[1] ?? 1) - 1;
  const depth = 1 + [...tensors.keys()].reduce((last, name) => Math.max(last, Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1)), -1);
  return { ...found, embedSize, depth, patchSize, imageSize: Math.round(Math.sqrt(positions)) * patchSize };
}

function statistics({ shape, data }: HostTensor): TensorStatistics {
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
