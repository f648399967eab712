import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, type KernelArguments, sizeOf } from './backend.js';
import { float, type Team } from './team.js';

/** Queries that one thread works on at a time, a multiple of 6: their weights fit into any second-level cache. */
const HEIGHT = 48;

const panelBytes = (rows: number, columns: number) => 32 * Math.ceil(columns / 8) * rows;
const leftBytes = (rows: number, columns: number) => 24 * Math.ceil(rows / 6) * columns;

function sizes({ inputs }: KernelArguments) {
  const { q, k } = inputs as Record<'q' | 'k', TensorInfo>;
  const [batch, heads, n, d] = q.shape as [number, number, number, number];
  return { items: batch * heads, heads, n, m: k.shape[2]!, d };
}

/** Addresses and sizes that both passes begin with. */
function commonArguments(
  { inputs, backend, attrs }: KernelArguments,
  out: number,
  packed: number,
  { items, heads, n, m, d }: Sizes,
): number[] {
  const { q, k, v, hidden } = inputs as Record<'q' | 'k' | 'v', TensorInfo> & { hidden?: TensorInfo };
  const [qAt, kAt, vAt] = [q, k, v].map(x => addressOf(backend, x)) as [number, number, number];
  const scale = float(attrs.scale as number);
  return [qAt, kAt, vAt, hidden ? addressOf(backend, hidden) : 0, out, items, heads, n, m, d, scale, HEIGHT, packed];
}

type Sizes = ReturnType<typeof sizes>;

/**
 * `WsssAttention`: `softmax(scale · q·kᵀ − 10¹²·hidden) · v` for q [B, heads, N, d], k and v [B, heads, M, d], hidden [B, M] (optional). Only the
 * weights of a few queries exist at a time.
 */
export function attention(args: KernelArguments, team: Team): TensorInfo {
  const { inputs, backend } = args;
  const size = sizes(args);
  const { items, n, m, d } = size;
  const out = backend.makeOutput((inputs.q as TensorInfo).shape, 'float32');
  if (sizeOf(out) === 0) return out;
  team.withBlock(items * (panelBytes(d, m) + panelBytes(m, d)), packed => {
    const common = commonArguments(args, addressOf(backend, out), packed, size);
    team.run('packForAttention', common, 2 * items);
    const scratch = 192 + leftBytes(HEIGHT, d) + 4 * HEIGHT * m + leftBytes(HEIGHT, m) + 4 * HEIGHT;
    team.run('attend', common, items * Math.ceil(n / HEIGHT), scratch);
  });
  return out;
}

/** `WsssAttentionGrad`: the gradients of {@link attention} with respect to q, k and v, whose weights it computes again. */
export function attentionGradient(args: KernelArguments, team: Team): TensorInfo[] {
  const { inputs, backend } = args;
  const { q, k, v, dy } = inputs as Record<'q' | 'k' | 'v' | 'dy', TensorInfo>;
  const size = sizes(args);
  const { items, n, m, d } = size;
  const gradients = [q, k, v].map(x => backend.makeOutput(x.shape, 'float32'));
  if (sizeOf(q) === 0) {
    for (const gradient of gradients) backend.typedArrayFromHeap(gradient).fill(0);
    return gradients;
  }
  // Items are cut only as far as all threads need it, and in the same way for up to eight threads, so that sums do not depend on them.
  const parts = Math.max(1, Math.min(Math.ceil(16 / items), Math.ceil(n / HEIGHT)));
  const packedBytes = items * (2 * panelBytes(d, m) + panelBytes(m, d));
  team.withBlock(packedBytes + 8 * items * parts * m * d, packed => {
    const [dq, dk, dv] = gradients.map(x => addressOf(backend, x)) as [number, number, number];
    const own = [addressOf(backend, dy), dq, packed + packedBytes, parts, dk, dv];
    const words = [...commonArguments(args, 0, packed, size), ...own];
    team.run('packForAttentionGradient', words, 3 * items);
    const packedLeft = Math.max(leftBytes(HEIGHT, m), leftBytes(m, HEIGHT));
    const scratch = 192 + leftBytes(HEIGHT, d) + 8 * HEIGHT * m + packedLeft + panelBytes(HEIGHT, d);
    team.run('attentionGradient', words, items * parts, scratch);
    team.run('sumAttentionParts', words, 2 * items);
  });
  return gradients;
}
