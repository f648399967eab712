import type { StateDict } from '../weights-content.js';

/** Parts of vision transformers that compute otherwise than the plain one, by a name that shows them. */
const kinds: readonly [RegExp, string][] = [
  [/\.mlp\.(w12|w1|w3|weights_in|weights_out|fc1_g|fc1_x|gate_proj)\./, 'gated MLPs (SwiGLU), as the giant DINOv2 and EVA have'],
  [/relative_position_(bias|index)|rel_pos_bias/, 'relative positions, as BEiT has'],
  [/\.(q_norm|k_norm|inner_attn_ln)\./, 'norms of queries and keys'],
  [/^(norm_pre|patch_embed\.norm|pre_layrnorm)\./, 'a norm before its blocks, as CLIP has'],
  [/rope|rotary/, 'rotary positions, as EVA-02 and DINOv3 have'],
  [/\.(ls1|ls2|norm1|norm2)\.0\.|\.attn1\.|blocks_token_only/, 'parallel or class-attention blocks'],
];

/** What makes an encoder under timm's names one of another kind than the plain one, in words and by the tensor that shows it. */
export function otherKind(tensors: StateDict): string | undefined {
  for (const name of tensors.keys()) for (const [pattern, what] of kinds) if (pattern.test(name)) return `it has ${what} (${name})`;
  if (tensors.has('fc_norm.weight') && !tensors.has('norm.weight'))
    return 'its last norm is made for the mean of all tokens, not for each of them (fc_norm.weight in place of norm.weight)';
  if (tensors.has('blocks.0.norm1.weight') && !tensors.has('pos_embed')) return 'it has no learned positions (pos_embed)';
  return undefined;
}
