import type { HostTensor, StateDict } from '../weights-content.js';

/** How Hugging Face's ViT, DeiT and DINOv2 call their parts, in the files of all years, and timm's name for each. */
const names: readonly [RegExp, string][] = [
  [/^embeddings\.cls_token$/, 'cls_token'],
  [/^embeddings\.distillation_token$/, 'dist_token'],
  [/^embeddings\.register_tokens$/, 'reg_token'],
  [/^embeddings\.position_embeddings$/, 'pos_embed'],
  [/^embeddings\.patch_embeddings\.projection\./, 'patch_embed.proj.'],
  [/^(?:encoder\.layer|layers)\.(\d+)\.(?:layernorm_before|norm1)\./, 'blocks.$1.norm1.'],
  [/^(?:encoder\.layer|layers)\.(\d+)\.attention\.(?:output\.dense|o_proj)\./, 'blocks.$1.attn.proj.'],
  [/^(?:encoder\.layer|layers)\.(\d+)\.layer_scale([12])\.lambda1$/, 'blocks.$1.ls$2.gamma'],
  [/^(?:encoder\.layer|layers)\.(\d+)\.(?:layernorm_after|norm2)\./, 'blocks.$1.norm2.'],
  [/^(?:encoder\.layer|layers)\.(\d+)\.(?:intermediate\.dense|mlp\.fc1)\./, 'blocks.$1.mlp.fc1.'],
  [/^(?:encoder\.layer|layers)\.(\d+)\.(?:output\.dense|mlp\.fc2)\./, 'blocks.$1.mlp.fc2.'],
  [/^layernorm\./, 'norm.'],
];
const attention = /^(?:encoder\.layer|layers)\.(\d+)\.attention\.(?:attention\.)?(query|key|value|[qkv]_proj)\.(weight|bias)$/;
const left = /^pooler\.|^embeddings\.mask_token$/;

/** An encoder under Hugging Face's names, under timm's: query, key and value become one tensor. @throws Error where one is missing. */
export function fromHuggingFace(state: StateDict, source: string): StateDict {
  const tensors: StateDict = new Map();
  for (const [name, tensor] of state) {
    const [, block, part, kind] = attention.exec(name) ?? [];
    if (part === 'query' || part === 'q_proj') {
      const parts = (part === 'query' ? ['query', 'key', 'value'] : ['q_proj', 'k_proj', 'v_proj']).map(other => {
        const found = state.get(name.replace(`.${part}.`, `.${other}.`));
        if (found && `${found.shape}` === `${tensor.shape}`) return found;
        throw new Error(`${source}: there is no ${other} that belongs to ${name}; the file is incomplete.`);
      });
      tensors.set(`blocks.${block}.attn.qkv.${kind}`, stacked(parts));
    } else if (!part && !left.test(name)) {
      const [pattern, replacement] = names.find(([pattern]) => pattern.test(name)) ?? [name, name];
      tensors.set(name.replace(pattern, replacement), tensor);
    }
  }
  return tensors;
}

/** Tensors of one shape one after another along their first axis. */
export function stacked(parts: readonly HostTensor[]): HostTensor {
  const [{ shape, data: first }] = parts as [HostTensor];
  const data = new Float32Array(parts.length * first.length);
  parts.forEach((part, i) => {
    data.set(part.data, i * first.length);
  });
  return { shape: [parts.length * shape[0]!, ...shape.slice(1)], data };
}
