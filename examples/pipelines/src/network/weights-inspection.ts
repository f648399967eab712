import { type Backbone, backbones, checkWeights } from '@wsss/vit';
import { describeWeights, readWeights } from '@wsss/weights';
import type { Recipe } from '../recipes/recipe.js';
import { backbonesFor, encoderOf, type PretrainedEncoder, reasonAgainst } from './pretrained-encoder.js';

/** Which backbones an encoder fits, by the checks that training makes. */
export interface Fit {
  /** Names of those that take it. */
  backbones: string[];
  /** Where none does: those that have its sizes, and what keeps each from taking it. */
  misfits: Record<string, string>;
  /** What describes it in a config file. The number of heads is a guess where the file does not tell: one for 64 channels. */
  config: { backbone: Exclude<Recipe['backbone'], string> };
}

/** What a file of weights holds, and whether training takes it. */
export async function inspectWeights(file: string, prefix?: string) {
  const weights = await readWeights(file);
  const { encoder, noEncoder, ...described } = describeWeights(weights, { source: file, prefix });
  const about = { file, format: weights.format, bytes: weights.bytes, ...described, metadata: weights.metadata };
  try {
    const fit = encoder && fitOf(encoderOf(weights, file, prefix), file);
    return { ...about, noEncoder, encoder: fit && { ...encoder, ...fit } };
  } catch (error) {
    return { ...about, noEncoder: (error as Error).message, encoder: undefined };
  }
}

/** Which backbones take an encoder. @throws Error when no plain vision transformer of any description does. */
export function fitOf(encoder: PretrainedEncoder, file: string): Fit {
  const { embedSize, depth, patchSize, imageSize } = encoder.sizes;
  const heads = encoder.heads ?? (embedSize % 64 ? 1 : embedSize / 64);
  const described = { ...encoder.sizes, heads, auxiliaryBlock: -1 };
  checkWeights(described, encoder.tensors, { source: file });
  const sizes = { embedSize, depth, patchSize, imageSize };
  const hasSizes = (backbone: Backbone) => Object.entries(sizes).every(([key, value]) => backbone[key as keyof typeof sizes] === value);
  const fitting = backbonesFor(encoder);
  const reasons = Object.entries(backbones)
    .filter(([, backbone]) => !fitting.length && hasSizes(backbone))
    .map(([name, backbone]) => [name, reasonAgainst(backbone, encoder, file)!]);
  return {
    backbones: fitting,
    misfits: Object.fromEntries(reasons),
    config: { backbone: { ...sizes, heads, ...encoder.sizes, ...(depth < 3 && { auxiliaryBlock: -1 }) } },
  };
}
