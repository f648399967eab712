import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, areFloats, type KernelArguments, sizeOf, type TeamKernel } from './backend.js';
import { float, type Team } from './team.js';

/** Values that one thread takes at a time. */
const CHUNK = 16384;

function rowsOf(x: TensorInfo) {
  const n = x.shape.at(-1) ?? 1;
  const rows = sizeOf(x) / n;
  const height = Math.max(1, Math.floor(CHUNK / n));
  return { n, rows, height, chunks: Math.ceil(rows / height) };
}

/** `Softmax` over the last axis. */
export const softmax: TeamKernel = (args, team, stock) => {
  const { inputs, backend } = args;
  const logits = inputs.logits as TensorInfo;
  if (!areFloats(logits)) return stock(args);
  const { n, rows, height, chunks } = rowsOf(logits);
  const out = backend.makeOutput(logits.shape, 'float32');
  team.run('softmax', [addressOf(backend, logits), 0, addressOf(backend, out), rows, n, height], chunks);
  return out;
};

/** `WsssSoftmaxGrad`: `y · (dy − Σ y·dy)` along the last axis, where y is what softmax gave. */
export function softmaxGradient({ inputs, backend }: KernelArguments, team: Team): TensorInfo {
  const { y, dy } = inputs as Record<'y' | 'dy', TensorInfo>;
  const out = backend.makeOutput(y.shape, 'float32');
  if (sizeOf(y) === 0) return out;
  const { n, rows, height, chunks } = rowsOf(y);
  team.run('softmaxGradient', [addressOf(backend, y), addressOf(backend, dy), addressOf(backend, out), rows, n, height], chunks);
  return out;
}

/** `WsssLayerNorm`: `(x − mean) / √(variance + ε) · scale + offset` along the last axis. */
export function layerNorm({ inputs, backend, attrs }: KernelArguments, team: Team): TensorInfo {
  const { x, scale, offset } = inputs as Record<'x' | 'scale' | 'offset', TensorInfo>;
  const out = backend.makeOutput(x.shape, 'float32');
  if (sizeOf(x) === 0) return out;
  const { n, rows, height, chunks } = rowsOf(x);
  const addresses = [x, scale, offset, out].map(tensor => addressOf(backend, tensor));
  team.run('layerNorm', [...addresses, rows, n, float(attrs.epsilon as number), height], chunks);
  return out;
}

/** `WsssLayerNormGrad`: the gradients of {@link layerNorm} with respect to x, scale and offset. */
export function layerNormGradient({ inputs, backend, attrs }: KernelArguments, team: Team): TensorInfo[] {
  const { x, scale, dy } = inputs as Record<'x' | 'scale' | 'dy', TensorInfo>;
  const gradients = [x, scale, scale].map(tensor => backend.makeOutput(tensor.shape, 'float32'));
  if (sizeOf(x) === 0) {
    for (const gradient of gradients) backend.typedArrayFromHeap(gradient).fill(0);
    return gradients;
  }
  const { n, rows, height, chunks } = rowsOf(x);
  team.withBlock(8 * chunks * n, sums => {
    const [dx, dScale, dOffset] = gradients.map(tensor => addressOf(backend, tensor)) as [number, number, number];
    const [xAt, scaleAt, dyAt] = [x, scale, dy].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    const words = [xAt, scaleAt, 0, 0, rows, n, float(attrs.epsilon as number), height, dyAt, dx, sums, dScale, dOffset];
    team.run('layerNormGradient', words, chunks);
    team.run('sumLayerNormChunks', words, 1);
  });
  return gradients;
}
