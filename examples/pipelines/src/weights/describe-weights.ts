import { type Backbone, backbones } from '@wsss/vit';
import { encoderWeights, type HostTensor, type WeightsFile } from '@wsss/weights';

export interface TensorDescription {
  name: string;
  shape: number[];
  /** How it is stored in the file, such as f16, where the format tells. */
  stored?: string;
  /** Of all values that are finite; absent where there are none. */
  minimum?: number;
  mean?: number;
  maximum?: number;
  /** Values that are NaN or infinite. */
  notFinite: number;
}

export interface EncoderDescription {
  naming: string;
  prefix: string;
  distilled: boolean;
  embedSize: number;
  depth: number;
  patchSize: number;
  imageSize: number;
  /** Names of the backbones that have these sizes. */
  backbones: string[];
}

export interface WeightsDescription {
  file: string;
  format: string;
  bytes: number;
  tensors: TensorDescription[];
  values: number;
  notFinite: number;
  metadata: Record<string, string>;
  encoder?: EncoderDescription;
  /** Why there is no encoder. */
  noEncoder?: string;
}

/** What a file of weights holds, for people and for `--json`. */
export function describeWeights(weights: WeightsFile, file: string, bytes: number, prefix?: string): WeightsDescription {
  const tensors = [...weights.tensors].map(([name, tensor]) => ({ name, stored: weights.types.get(name), ...statistics(tensor) }));
  const sum = (of: (tensor: TensorDescription) => number) => tensors.reduce((total, tensor) => total + of(tensor), 0);
  const description: WeightsDescription = {
    file,
    format: weights.format,
    bytes,
    tensors,
    values: sum(({ shape }) => shape.reduce((product, size) => product * size, 1)),
    notFinite: sum(({ notFinite }) => notFinite),
    metadata: weights.metadata,
  };
  try {
    return { ...description, encoder: describeEncoder(weights, file, prefix) };
  } catch (error) {
    return { ...description, noEncoder: (error as Error).message };
  }
}

function describeEncoder(weights: WeightsFile, source: string, wanted?: string): EncoderDescription {
  const { tensors, naming, prefix, distilled } = encoderWeights(weights.tensors, { source, prefix: wanted });
  const [embedSize = 0, , patchSize = 0] = tensors.get('patch_embed.proj.weight')?.shape ?? [];
  const positions = (tensors.get('pos_embed')?.shape[1] ?? 1) - 1;
  const depth = 1 + [...tensors.keys()].reduce((last, name) => Math.max(last, Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1)), -1);
  const sizes = { embedSize, depth, patchSize, imageSize: Math.round(Math.sqrt(positions)) * patchSize };
  const fits = (backbone: Backbone) => Object.entries(sizes).every(([key, value]) => backbone[key as keyof typeof sizes] === value);
  const names = Object.keys(backbones).filter(name => fits(backbones[name]!));
  return { naming, prefix, distilled, ...sizes, backbones: names };
}

function statistics({ shape, data }: HostTensor): Omit<TensorDescription, 'name' | 'stored'> {
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

/** A {@link WeightsDescription} as text. */
export function weightsTable(description: WeightsDescription): string {
  const { file, format, bytes, tensors, values, notFinite, metadata, encoder, noEncoder } = description;
  const number = (value?: number) => (value === undefined ? '–' : Number(value.toPrecision(4)).toString());
  const rows = tensors.map(({ name, shape, stored, minimum, mean, maximum }) => [
    name,
    `[${shape.join(', ')}]`,
    stored ?? '',
    number(minimum),
    number(mean),
    number(maximum),
  ]);
  const header = ['tensor', 'shape', 'stored', 'min', 'mean', 'max'];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)));
  const line = (row: string[]) =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const lines = [header, ...rows].map(line);
  const depth = (name: string) => name.split('.').length;
  const entries = Object.entries(metadata).sort(([a], [b]) => depth(a) - depth(b));
  return [
    ...lines,
    '',
    ...(entries.length
      ? [...entries.slice(0, 20).map(([key, value]) => `${key}: ${value}`), ...(entries.length > 20 ? ['…'] : []), '']
      : []),
    `${file}: ${format}, ${(bytes / 1e6).toFixed(1)} MB, ${tensors.length} tensors, ${(values / 1e6).toFixed(2)} M values${notFinite ? `, ${notFinite} of them NaN or infinite` : ''}`,
    encoder ? encoderLine(encoder) : `No encoder for MCC: ${noEncoder}`,
  ].join('\n');
}

function encoderLine({ naming, prefix, distilled, embedSize, depth, patchSize, imageSize, backbones }: EncoderDescription): string {
  const names = `${naming}'s names${prefix ? ` after ${JSON.stringify(prefix)}` : ''}`;
  const sizes = `${depth} blocks of ${embedSize}, patch ${patchSize}, images of ${imageSize}`;
  return `Vision transformer, ${names}: ${sizes}${distilled ? '; its distillation token is left out' : ''}. ${
    backbones.length
      ? `It fits --backbone ${backbones.join(' or ')}.`
      : 'No known backbone has these sizes; describe them in a config file.'
  }`;
}
