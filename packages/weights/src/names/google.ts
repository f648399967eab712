import { gather } from '@wsss/numpy';
import type { HostTensor, StateDict } from '../weights-content.js';
import { stacked } from './hugging-face.js';

/** Flax's names of what lies beside the blocks. */
const outside: Readonly<Record<string, [name: string, (tensor: HostTensor) => HostTensor]>> = {
  cls: ['cls_token', same],
  'embedding/kernel': ['patch_embed.proj.weight', filters],
  'embedding/bias': ['patch_embed.proj.bias', same],
  'Transformer/posembed_input/pos_embedding': ['pos_embed', same],
  pos_embedding: ['pos_embed', same],
  'Transformer/encoder_norm/scale': ['norm.weight', same],
  'Transformer/encoder_norm/bias': ['norm.bias', same],
};

/** And within `Transformer/encoderblock_<i>/`: numbers count all layers of a block, or in later programs those of a kind. */
const inside: readonly [RegExp, string, (tensor: HostTensor) => HostTensor][] = [
  [/^LayerNorm_0\/scale$/, 'norm1.weight', same],
  [/^LayerNorm_0\/bias$/, 'norm1.bias', same],
  [/^MultiHeadDotProductAttention_[01]\/out\/kernel$/, 'attn.proj.weight', tensor => transposed(joined(tensor, 0))],
  [/^MultiHeadDotProductAttention_[01]\/out\/bias$/, 'attn.proj.bias', same],
  [/^LayerNorm_[12]\/scale$/, 'norm2.weight', same],
  [/^LayerNorm_[12]\/bias$/, 'norm2.bias', same],
  [/^MlpBlock_[03]\/Dense_0\/kernel$/, 'mlp.fc1.weight', transposed],
  [/^MlpBlock_[03]\/Dense_0\/bias$/, 'mlp.fc1.bias', same],
  [/^MlpBlock_[03]\/Dense_1\/kernel$/, 'mlp.fc2.weight', transposed],
  [/^MlpBlock_[03]\/Dense_1\/bias$/, 'mlp.fc2.bias', same],
];

/**
 * An encoder as Google's programs for ViT and AugReg save it (`Transformer/encoderblock_0/LayerNorm_0/scale`), under timm's names; or as
 * big_vision does where it scans over the blocks: each tensor of `Transformer/encoderblock/` holds all blocks, one after another. Kernels,
 * which Flax has as [in, out], are transposed; query, key and value, which it has by head, become one tensor. The classification head and
 * the layer before it are left out; names that are not known stay as they are.
 *
 * @returns the tensors, and the number of heads, which timm's names do not tell.
 * @throws Error where one of query, key and value is missing, or tensors of stacked blocks disagree about how many there are.
 */
export function fromGoogle(stored: StateDict, source: string): { tensors: StateDict; heads?: number } {
  const state = blocksApart(stored, source);
  const tensors: StateDict = new Map();
  let heads: number | undefined;
  for (const [name, tensor] of state) {
    const [, block, rest = ''] = /^Transformer\/encoderblock_(\d+)\/(.+)$/.exec(name) ?? [];
    const [, kind] = /^MultiHeadDotProductAttention_[01]\/query\/(kernel|bias)$/.exec(rest) ?? [];
    const [known, convert] = outside[name] ?? [];
    const layer = inside.find(([pattern]) => pattern.test(rest));
    if (kind) {
      const parts = ['query', 'key', 'value'].map(part => {
        const found = state.get(name.replace('/query/', `/${part}/`));
        if (found && `${found.shape}` === `${tensor.shape}`) return found;
        throw new Error(`${source}: there is no ${part} that belongs to ${name}; the file is incomplete.`);
      });
      if (kind === 'kernel') heads = tensor.shape[1];
      const each = parts.map(part => (kind === 'kernel' ? transposed(joined(part, 1)) : joined(part, 0)));
      tensors.set(`blocks.${block}.attn.qkv.${kind === 'kernel' ? 'weight' : 'bias'}`, stacked(each));
    } else if (known && convert) tensors.set(known, convert(tensor));
    else if (layer) tensors.set(`blocks.${block}.${layer[1]}`, layer[2](tensor));
    else if (!/^(head|pre_logits)\/|\/MultiHeadDotProductAttention_[01]\/(key|value)\//.test(name)) tensors.set(name, tensor);
  }
  return { tensors, heads };
}

const together = /^Transformer\/encoderblock\/(.+)$/;

/** Each block by itself, where tensors hold those of all blocks. */
function blocksApart(state: StateDict, source: string): StateDict {
  const apart: StateDict = new Map();
  let first: { name: string; depth: number } | undefined;
  for (const [name, { shape, data }] of state) {
    const [, rest] = together.exec(name) ?? [];
    if (rest === undefined) {
      apart.set(name, { shape, data });
      continue;
    }
    const [depth = 0, ...each] = shape;
    first ??= { name, depth };
    if (depth !== first.depth || depth === 0)
      throw new Error(`${source}: ${name} holds ${depth} blocks, ${first.name} ${first.depth}; the file is damaged.`);
    const size = data.length / depth;
    for (let block = 0; block < depth; block++) {
      const own = `Transformer/encoderblock_${block}/${rest}`;
      if (state.has(own)) throw new Error(`${source}: there are both ${own} and ${name}; which of them is meant is not known.`);
      apart.set(own, { shape: each, data: data.subarray(block * size, (block + 1) * size) });
    }
  }
  return apart;
}

function same(tensor: HostTensor): HostTensor {
  return tensor;
}

/** A tensor with its axes `first` and `first` + 1, which are heads and their sizes, as one. */
function joined({ shape, data }: HostTensor, first: number): HostTensor {
  if (shape.length < first + 2) return { shape, data };
  return { shape: [...shape.slice(0, first), shape[first]! * shape[first + 1]!, ...shape.slice(first + 2)], data };
}

function transposed({ shape, data }: HostTensor): HostTensor {
  const [rows, columns] = shape as [number, number];
  return shape.length === 2 ? { shape: [columns, rows], data: gather(data, [columns, rows], [1, columns]) } : { shape, data };
}

/** A convolution's kernel [h, w, in, out] as PyTorch has it: [out, in, h, w]. */
function filters({ shape, data }: HostTensor): HostTensor {
  const [height, width, from, to] = shape as [number, number, number, number];
  if (shape.length !== 4) return { shape, data };
  const there = [to, from, height, width];
  return { shape: there, data: gather(data, there, [1, to, width * from * to, from * to]) };
}
