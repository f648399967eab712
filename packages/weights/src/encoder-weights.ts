import { fromGoogle } from './names/google.js';
import { fromHuggingFace } from './names/hugging-face.js';
import { otherKind } from './names/other-kinds.js';
import { asPlainTimm } from './names/timm.js';
import type { StateDict } from './weights-content.js';

export interface EncoderWeightsOptions {
  /** What errors call the weights, usually the file's path. */
  source?: string;
  /** What stands before the encoder's names, such as `teacher.backbone.`, for a file that holds several. */
  prefix?: string;
  /** What the file holds beside its tensors, see `WeightsContent`: where a part of the encoder is among it, the error says what it is. */
  opaque?: ReadonlyMap<string, string>;
}

export interface EncoderWeights {
  /** The encoder under timm's names, as `VisionTransformer.load` of `@wsss/vit` takes them; a classification head may be among them. */
  tensors: StateDict;
  /** Whose names the file uses. */
  naming: 'timm' | 'Hugging Face' | 'Google';
  /** What stood before them, such as `module.encoder.`. */
  prefix: string;
  /** Whether a distillation token was left out, with its position and head. */
  distilled: boolean;
  /** Attention heads, where the file tells. */
  heads?: number;
}

/** How names of an encoder's parts begin. */
const parts =
  /^(blocks\.|cls_token|pos_embed|patch_embed\.|norm\.|reg_token|register_tokens|embeddings|encoder\.layer|layers\.|Transformer\/|cls$)/;

/** Every vision transformer has this tensor; by it the encoder is found. */
const anchors = {
  timm: 'patch_embed.proj.weight',
  'Hugging Face': 'embeddings.patch_embeddings.projection.weight',
  Google: 'embedding/kernel',
} as const;

/**
 * Finds the vision transformer in a file of weights and names its tensors as timm does. Known are
 *
 * - timm and DeiT (`cls_token`, `blocks.0.attn.qkv.weight`), whatever stands before the names: `model.` in DeiT's files, `module.encoder.`
 *   in checkpoints of MCC and ToCo trained on several GPUs, `encoder.` in those of `mcc train`, `teacher.backbone.` in DINO's;
 * - Hugging Face's ViT, DeiT and DINOv2 (`vit.encoder.layer.0.attention.attention.query.weight`): query, key and value become one tensor;
 * - Google's ViT and AugReg (`Transformer/encoderblock_0/LayerNorm_0/scale`): kernels are transposed.
 *
 * LayerScale becomes `ls1.gamma` and `ls2.gamma`, register tokens `reg_token`, whatever they were called. Of distilled models the
 * distillation token, its position and its head are left out, which leaves a plain transformer; see {@link asPlainTimm}.
 *
 * @param state all tensors of a file, from `readWeights` or `parseSafetensors`.
 * @throws Error when there is no vision transformer or several of them, when names are incomplete, or it is of another kind than the plain
 *   one, see {@link otherKind}.
 *
 * @example
 * const { tensors } = await readWeights('deit_base_distilled_patch16_224-df68dfff.pth');
 * vit.load(encoderWeights(tensors).tensors);
 */
export function encoderWeights(state: StateDict, options: EncoderWeightsOptions = {}): EncoderWeights {
  const { source = 'state dict', opaque } = options;
  const { naming, prefix } = findEncoder([...state.keys()], source, options.prefix);
  const found: StateDict = new Map();
  for (const [name, tensor] of state) if (name.startsWith(prefix)) found.set(name.slice(prefix.length), tensor);
  for (const [name, what] of opaque ?? [])
    if (name.startsWith(prefix) && parts.test(name.slice(prefix.length)))
      throw new Error(`${source}: ${name} is ${what}, which is not read. Save it as float32 or float16.`);
  const { heads, tensors: named } = naming === 'Google' ? fromGoogle(found, source) : { heads: undefined, tensors: found };
  const { tensors, distilled } = asPlainTimm(naming === 'Hugging Face' ? fromHuggingFace(found, source) : named);
  const other = otherKind(tensors);
  if (other) throw new Error(`${source} holds a vision transformer of another kind than the plain one: ${other}. Choose other weights.`);
  return { tensors, naming, prefix, distilled, heads };
}

/** What stands before the names of each vision transformer in a file: one of them is the `prefix` that {@link encoderWeights} takes. */
export function encoderPrefixes(state: StateDict): string[] {
  return listEncoders([...state.keys()]).map(({ prefix }) => prefix);
}

function listEncoders(names: readonly string[]): Pick<EncoderWeights, 'naming' | 'prefix'>[] {
  return Object.entries(anchors).flatMap(([naming, anchor]) =>
    names
      .filter(name => (name === anchor || /[./]$/.test(name.slice(0, -anchor.length))) && name.endsWith(anchor))
      .filter(name => !name.startsWith('optimizer.'))
      .map(name => ({ naming: naming as EncoderWeights['naming'], prefix: name.slice(0, -anchor.length) })),
  );
}

function findEncoder(names: readonly string[], source: string, wanted?: string): Pick<EncoderWeights, 'naming' | 'prefix'> {
  const encoders = listEncoders(names);
  const fitting = encoders.filter(({ prefix }) => wanted === undefined || prefix === wanted);
  if (fitting.length === 1) return fitting[0]!;
  const list = encoders.map(({ prefix }) => JSON.stringify(prefix)).join(', ');
  const has = names.length ? `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}` : 'nothing';
  throw new Error(
    encoders.length === 0
      ? `${source} holds no vision transformer: no tensor is called ${Object.values(anchors).join(' or ')}. It has ${has}.`
      : fitting.length
        ? `${source} holds ${encoders.length} vision transformers; say which by its prefix: ${list}.`
        : `${source} has no vision transformer with the prefix ${JSON.stringify(wanted)}; there is ${list}.`,
  );
}
