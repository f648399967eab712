import type { HostTensor, StateDict } from './safetensors.js';

export interface EncoderWeightsOptions {
  /** What errors call the weights, usually the file's path. */
  source?: string;
  /** What stands before the encoder's names, such as `teacher.backbone.`, for a file that holds several. */
  prefix?: string;
}

export interface EncoderWeights {
  /** The encoder under timm's names, as `VisionTransformer.load` of `@wsss/vit` takes them; a classification head may be among them. */
  tensors: StateDict;
  /** Whose names the file uses. */
  naming: 'timm' | 'Hugging Face';
  /** What stood before them, such as `module.encoder.`. */
  prefix: string;
  /** Whether a distillation token was left out, with its position and head. */
  distilled: boolean;
}

/** Every vision transformer has this tensor; by it the encoder is found. */
const anchors = { timm: 'patch_embed.proj.weight', 'Hugging Face': 'embeddings.patch_embeddings.projection.weight' } as const;

/**
 * Finds the vision transformer in a file of weights and names its tensors as timm does. Known are
 *
 * - timm and DeiT (`cls_token`, `blocks.0.attn.qkv.weight`), whatever stands before the names: `model.` in DeiT's files, `module.encoder.`
 *   in checkpoints of MCC and ToCo trained on several GPUs, `encoder.` in those of `mcc train`, `teacher.backbone.` in DINO's;
 * - Hugging Face's ViT and DeiT (`vit.encoder.layer.0.attention.attention.query.weight`): query, key and value become one tensor.
 *
 * Of distilled models the distillation token, its position and its head are left out, which leaves a plain transformer.
 *
 * @param state all tensors of a file, from `readWeights` or `parseSafetensors`.
 * @throws Error when there is no vision transformer or several of them, or Hugging Face's names are incomplete.
 *
 * @example
 * const { tensors } = await readWeights('deit_base_distilled_patch16_224-df68dfff.pth');
 * vit.load(encoderWeights(tensors).tensors);
 */
export function encoderWeights(state: StateDict, options: EncoderWeightsOptions = {}): EncoderWeights {
  const { source = 'state dict' } = options;
  const { naming, prefix } = findEncoder([...state.keys()], source, options.prefix);
  const found: StateDict = new Map();
  for (const [name, tensor] of state) if (name.startsWith(prefix)) found.set(name.slice(prefix.length), tensor);
  const tensors = naming === 'timm' ? found : fromHuggingFace(found, source);
  const distilled = tensors.delete('dist_token');
  for (const name of ['head_dist.weight', 'head_dist.bias']) tensors.delete(name);
  const positions = tensors.get('pos_embed');
  if (distilled && positions?.shape.length === 3 && positions.shape[1]! >= 2) tensors.set('pos_embed', withoutSecondPosition(positions));
  return { tensors, naming, prefix, distilled };
}

function findEncoder(names: readonly string[], source: string, wanted?: string): Pick<EncoderWeights, 'naming' | 'prefix'> {
  const encoders = Object.entries(anchors).flatMap(([naming, anchor]) =>
    names
      .filter(name => (name === anchor || name.endsWith(`.${anchor}`)) && !name.startsWith('optimizer.'))
      .map(name => ({ naming: naming as EncoderWeights['naming'], prefix: name.slice(0, -anchor.length) })),
  );
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

const huggingFaceNames: readonly [RegExp, string][] = [
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.distillation_token$/, 'dist_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
  [/^encoder\.layer\.(\d+)\.layernorm_before\./, 'blocks.$1.norm1.'],
  [/^encoder\.layer\.(\d+)\.attention\.output\.dense\./, 'blocks.$1.attn.proj.'],
  [/^encoder\.layer\.(\d+)\.layernorm_after\./, 'blocks.$1.norm2.'],
  [/^encoder\.layer\.(\d+)\.intermediate\.dense\./, 'blocks.$1.mlp.fc1.'],
  [/^encoder\.layer\.(\d+)\.output\.dense\./, 'blocks.$1.mlp.fc2.'],
  [/^layernorm\./, 'norm.'],
];

function fromHuggingFace(state: StateDict, source: string): StateDict {
  const tensors: StateDict = new Map();
  for (const [name, tensor] of state) {
    const query = /^encoder\.layer\.(\d+)\.attention\.attention\.query\.(weight|bias)$/.exec(name);
    if (query) {
      const parts = ['query', 'key', 'value'].map(part => {
        const found = state.get(name.replace('.query.', `.${part}.`));
        if (found && `${found.shape}` === `${tensor.shape}`) return found;
        throw new Error(`${source}: there is no ${part} that belongs to ${name}; the file is incomplete.`);
      });
      tensors.set(`blocks.${query[1]}.attn.qkv.${query[2]}`, stacked(parts));
    } else if (!/\.attention\.attention\.(key|value)\.|^pooler\.|^embeddings\.mask_token$/.test(name)) {
      const [pattern, replacement] = huggingFaceNames.find(([pattern]) => pattern.test(name)) ?? [name, name];
      tensors.set(name.replace(pattern, replacement), tensor);
    }
  }
  return tensors;
}

/** Tensors of one shape one after another along their first axis. */
function stacked(parts: readonly HostTensor[]): HostTensor {
  const [{ shape, data: first }] = parts as [HostTensor];
  const data = new Float32Array(parts.length * first.length);
  parts.forEach((part, i) => {
    data.set(part.data, i * first.length);
  });
  return { shape: [parts.length * shape[0]!, ...shape.slice(1)], data };
}

/** Positions [1, 2 + N, D] of class token, distillation token and patches without the second. */
function withoutSecondPosition({ shape, data }: HostTensor): HostTensor {
  const [, count, size] = shape as [number, number, number];
  const kept = new Float32Array(data.length - size);
  kept.set(data.subarray(0, size));
  kept.set(data.subarray(2 * size), size);
  return { shape: [1, count - 1, size], data: kept };
}
