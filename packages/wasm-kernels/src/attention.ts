import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Inputs, type KernelArguments, sizeOf } from './backend.js';
import type { TeamKernel } from './kernel.js';

/** Queries that one thread works on at a time, a multiple of 6: their weights fit into any second-level cache. */
const HEIGHT = 48;

const panelBytes = (rows: number, columns: number) => 32 * Math.ceil(columns / 8) * rows;
const leftBytes = (rows: number, columns: number) => 24 * Math.ceil(rows / 6) * columns;

/** The arguments that both passes have. */
function commonArguments({ inputs, attrs }: KernelArguments) {
  const { q, k, v, hidden } = inputs as Inputs<'q' | 'k' | 'v'> & { hidden?: TensorInfo };
  const [batch, heads, n, d] = q.shape as [number, number, number, number];
  const scale = attrs.scale as number;
  return { q, k, v, hidden: hidden ?? 0, items: batch * heads, heads, n, m: k.shape[2]!, d, scale, height: HEIGHT };
}

/**
 * `WsssAttention`: `softmax(scale · q·kᵀ − 10¹²·hidden) · v` for q [B, heads, N, d], k and v [B, heads, M, d], hidden [B, M] (optional).
 * Only the weights of a few queries exist at a time.
 */
export const attention: TeamKernel = call => {
  const { backend, team } = call;
  const common = commonArguments(call);
  const { q, items, n, m, d } = common;
  const out = backend.makeOutput(q.shape, 'float32');
  if (sizeOf(out) === 0) return out;
  team.withBlock(items * (panelBytes(d, m) + panelBytes(m, d)), packed => {
    const args = { ...common, packed, out };
    team.run('packForAttention', args, 2 * items);
    const scratch = 192 + leftBytes(HEIGHT, d) + 4 * HEIGHT * m + leftBytes(HEIGHT, m) + 4 * HEIGHT;
    team.run('attend', args, items * Math.ceil(n / HEIGHT), scratch);
  });
  return out;
};

/** `WsssAttentionGrad`: the gradients of {@link attention} with respect to q, k and v, whose weights it computes again. */
export const attentionGradient: TeamKernel = call => {
  const { backend, team } = call;
  const { dy } = call.inputs as Inputs<'dy'>;
  const common = commonArguments(call);
  const { q, k, v, items, n, m, d } = common;
  const output = ({ shape }: TensorInfo): TensorInfo => backend.makeOutput(shape, 'float32');
  const gradients = { dq: output(q), dk: output(k), dv: output(v) };
  if (sizeOf(q) === 0) {
    for (const gradient of Object.values(gradients)) backend.typedArrayFromHeap(gradient).fill(0);
    return Object.values(gradients);
  }
  // Items are cut only as far as all threads need it, and in the same way for up to eight threads, so that sums do not depend on them.
  const parts = Math.max(1, Math.min(Math.ceil(16 / items), Math.ceil(n / HEIGHT)));
  const packedBytes = items * (2 * panelBytes(d, m) + panelBytes(m, d));
  team.withBlock(packedBytes + 8 * items * parts * m * d, packed => {
    const args = Object.assign({ packed, dy, sums: packed + packedBytes, parts }, common, gradients);
    team.run('packForAttentionGradient', args, 3 * items);
    const packedLeft = Math.max(leftBytes(HEIGHT, m), leftBytes(m, HEIGHT));
    const scratch = 192 + leftBytes(HEIGHT, d) + 8 * HEIGHT * m + packedLeft + panelBytes(HEIGHT, d);
    team.run('attentionGradient', args, items * parts, scratch);
    team.run('sumAttentionParts', args, 2 * items);
  });
  return Object.values(gradients);
};
