import type { HostTensor, StateDict } from '../weights-content.js';

/** Tensors that encoders come with and do not use: for training by masking, and heads for distillation. */
const unused = /^(mask_token|head_dist\.(weight|bias)|decoder_\w+(\..+)?)$/;

/**
 * An encoder under timm's names of today, with positions of the class token and of patches: other names that timm, DeiT III and DINOv2 use
 * are replaced, and what the plain transformer has not is brought into what it has, where that computes the same.
 *
 * - `register_tokens` → `reg_token`; `gamma_1` → `ls1.gamma`; `blocks.0.3.…` (blocks in chunks) → `blocks.3.…`
 * - positions of patches alone: the class token gets one of zeros. Positions of register tokens are added to these.
 * - without biases of query, key and value: biases of zero
 * - the distillation token and its position are left out, as are a mask token and a decoder
 */
export function asPlainTimm(state: StateDict): { tensors: StateDict; distilled: boolean } {
  const tensors: StateDict = new Map();
  for (const [name, tensor] of state) if (!unused.test(name)) tensors.set(presentName(name), tensor);
  const distilled = tensors.delete('dist_token');
  const positions = tensors.get('pos_embed');
  if (positions?.shape.length === 3 && positions.shape[0] === 1) {
    const [, count, size] = positions.shape as [number, number, number];
    const registers = tensors.get('reg_token');
    const extra = registers?.shape.length === 3 ? registers.shape[1]! : 0;
    if (distilled && count >= 2) tensors.set('pos_embed', withoutPositions(positions, 1, 1));
    else if (!isSquare(count - 1) && isSquare(count)) tensors.set('pos_embed', withClassPosition(positions));
    else if (!isSquare(count - 1) && extra && isSquare(count - 1 - extra) && registers!.shape[2] === size) {
      const own = positions.data.subarray(size, (1 + extra) * size);
      tensors.set('reg_token', { shape: registers!.shape, data: Float32Array.from(registers!.data, (value, i) => value + own[i]!) });
      tensors.set('pos_embed', withoutPositions(positions, 1, extra));
    }
  }
  addBiases(tensors);
  return { tensors, distilled };
}

function presentName(name: string): string {
  if (name === 'register_tokens') return 'reg_token';
  return name.replace(/^blocks\.\d+\.(\d+)\./, 'blocks.$1.').replace(/^(blocks\.\d+)\.gamma_([12])$/, '$1.ls$2.gamma');
}

function isSquare(count: number): boolean {
  return count >= 1 && Number.isInteger(Math.sqrt(count));
}

/** Biases of zero for query, key and value, where no block has any. */
function addBiases(tensors: StateDict): void {
  const weights = [...tensors].filter(([name]) => /^blocks\.\d+\.attn\.qkv\.weight$/.test(name));
  const biasOf = (name: string) => name.replace(/weight$/, 'bias');
  if (weights.some(([name]) => tensors.has(biasOf(name)))) return;
  for (const [name, { shape }] of weights) tensors.set(biasOf(name), { shape: [shape[0]!], data: new Float32Array(shape[0]!) });
}

/** Positions [1, N, D] without `count` of them. */
function withoutPositions({ shape, data }: HostTensor, first: number, count: number): HostTensor {
  const [, all, size] = shape as [number, number, number];
  const kept = new Float32Array((all - count) * size);
  kept.set(data.subarray(0, first * size));
  kept.set(data.subarray((first + count) * size), first * size);
  return { shape: [1, all - count, size], data: kept };
}

/** Positions [1, N, D] of patches behind one of zeros. */
function withClassPosition({ shape, data }: HostTensor): HostTensor {
  const [, count, size] = shape as [number, number, number];
  const all = new Float32Array((count + 1) * size);
  all.set(data, size);
  return { shape: [1, count + 1, size], data: all };
}
