import { backbones, checkWeights, type VisionTransformerConfig } from '@wsss/vit';
import {
  type EncoderSizes,
  encoderPrefixes,
  encoderSizes,
  encoderWeights,
  readWeights,
  type StateDict,
  shardNumber,
  type WeightsFile,
} from '@wsss/weights';
import type { Recipe } from '../recipes/recipe.js';
import { refusal } from '../run/advice.js';

/** The vision transformer of a file of weights. */
export interface PretrainedEncoder {
  /** Under timm's names, as `VisionTransformer.load` takes them. */
  tensors: StateDict;
  sizes: EncoderSizes;
  /** Attention heads, where the file tells. */
  heads?: number;
}

/**
 * Reads the encoder to start from.
 *
 * @throws Error when the file cannot be read, or holds no encoder or several, as {@link encoderOf} says.
 */
export async function readEncoder(file: string, prefix?: string): Promise<PretrainedEncoder> {
  return encoderOf(await readWeights(file), file, prefix);
}

/**
 * The encoder in what a file of weights holds.
 *
 * @param prefix what stands before the encoder's names, where there are several.
 * @throws Error when there is none or several, or it is one file of several.
 */
export function encoderOf({ tensors: all, opaque }: WeightsFile, file: string, prefix?: string): PretrainedEncoder {
  const shard = shardNumber(file);
  if (shard && shard.count > 1)
    throw refusal(Error, {
      problem: `${file} is one of ${shard.count} files that hold the weights together`,
      advice: { command: `; give their index, ${shard.index}`, page: '; open a file that holds all of them' },
    });
  const prefixes = encoderPrefixes(all);
  if (prefix === undefined && prefixes.length > 1)
    throw refusal(Error, {
      problem: `${file} holds ${prefixes.length} vision transformers, ${prefixes.map(each => JSON.stringify(each)).join(' and ')}`,
      advice: {
        command:
          ': choose one with --prefix, or write it alone with ' +
          `mcc weights convert ${file} encoder.safetensors --encoder --prefix ${prefixes.at(-1)}`,
        page: '; open a file that holds one of them',
      },
    });
  const { tensors, heads } = encoderWeights(all, { source: file, prefix, opaque });
  return { tensors, sizes: encoderSizes(tensors), heads };
}

/**
 * A recipe that says of its backbone, where it is described by sizes, whether it has LayerScale and registers: as the weights have it,
 * unless it does say. A name says it.
 */
export function withPartsOf(recipe: Recipe, { layerScale, registers }: Pick<EncoderSizes, 'layerScale' | 'registers'>): Recipe {
  const { backbone } = recipe;
  if (typeof backbone === 'string') return recipe;
  return { ...recipe, backbone: { ...(layerScale && { layerScale }), ...(registers && { registers }), ...backbone } };
}

/** Whether the backbone of a run's recipe, which is complete, has LayerScale and registers. */
export function partsOf({ backbone }: Recipe): Pick<EncoderSizes, 'layerScale' | 'registers'> {
  if (typeof backbone === 'string') return {};
  return { ...(backbone.layerScale && { layerScale: true }), registers: backbone.registers };
}

/** @throws Error naming what of the weights does not fit a backbone, and the known backbones that they do fit. */
export function checkFit(backbone: VisionTransformerConfig, encoder: PretrainedEncoder, file: string): void {
  const reason = reasonAgainst(backbone, encoder, file);
  if (reason === undefined) return;
  const others = backbonesFor(encoder);
  throw others.length
    ? refusal(Error, { problem: reason, advice: { command: ` These fit --backbone ${others.join(' or ')}.`, page: '' } })
    : new Error(reason);
}

/** Names of the known backbones that take an encoder. */
export function backbonesFor(encoder: PretrainedEncoder): string[] {
  return Object.keys(backbones).filter(name => reasonAgainst(backbones[name]!, encoder, '') === undefined);
}

/** What keeps a backbone from taking an encoder, if anything. */
export function reasonAgainst(backbone: VisionTransformerConfig, { tensors, heads }: PretrainedEncoder, file: string): string | undefined {
  try {
    checkWeights(backbone, tensors, { source: file });
  } catch (error) {
    return (error as Error).message;
  }
  return heads === undefined || heads === backbone.heads
    ? undefined
    : `${file} does not fit the model: it has ${heads} attention heads, the backbone ${backbone.heads}. Choose one with ${heads}.`;
}
