import type { TensorInfo } from '@tensorflow/tfjs-core';
import { areFloats, type Inputs, sizeOf } from './backend.js';
import { CHUNK, type TeamKernel } from './kernel.js';

function rowsOf(x: TensorInfo) {
  const n = x.shape.at(-1) ?? 1;
  const rows = sizeOf(x) / n;
  const height = Math.max(1, Math.floor(CHUNK / n));
  return { size: { n, rows, height }, chunks: Math.ceil(rows / height) };
}

/** `Softmax` over the last axis. */
export const softmax: TeamKernel = ({ inputs, backend, team, stock }) => {
  const { logits } = inputs as Inputs<'logits'>;
  if (!areFloats(logits)) return stock();
  const { size, chunks } = rowsOf(logits);
  const out = backend.makeOutput(logits.shape, 'float32');
  team.run('softmax', { ...size, x: logits, out }, chunks);
  return out;
};

/** `WsssSoftmaxGrad`: `y · (dy − Σ y·dy)` along the last axis, where y is what softmax gave. */
export const softmaxGradient: TeamKernel = ({ inputs, backend, team }) => {
  const { y, dy } = inputs as Inputs<'y' | 'dy'>;
  const out = backend.makeOutput(y.shape, 'float32');
  if (sizeOf(y) === 0) return out;
  const { size, chunks } = rowsOf(y);
  team.run('softmaxGradient', { ...size, x: y, dy, out }, chunks);
  return out;
};

/** `WsssLayerNorm`: `(x − mean) / √(variance + ε) · scale + offset` along the last axis. */
export const layerNorm: TeamKernel = ({ inputs, backend, attrs, team }) => {
  const { x, scale, offset } = inputs as Inputs<'x' | 'scale' | 'offset'>;
  const out = backend.makeOutput(x.shape, 'float32');
  if (sizeOf(x) === 0) return out;
  const { size, chunks } = rowsOf(x);
  team.run('layerNorm', { ...size, x, scale, offset, out, epsilon: attrs.epsilon as number }, chunks);
  return out;
};

/** `WsssLayerNormGrad`: the gradients of {@link layerNorm} with respect to x, scale and offset. */
export const layerNormGradient: TeamKernel = ({ inputs, backend, attrs, team }) => {
  const { x, scale, dy } = inputs as Inputs<'x' | 'scale' | 'dy'>;
  const output = ({ shape }: TensorInfo): TensorInfo => backend.makeOutput(shape, 'float32');
  const gradients = { dx: output(x), dScale: output(scale), dOffset: output(scale) };
  if (sizeOf(x) === 0) {
    for (const gradient of Object.values(gradients)) backend.typedArrayFromHeap(gradient).fill(0);
    return Object.values(gradients);
  }
  const { size, chunks } = rowsOf(x);
  team.withBlock(8 * chunks * size.n, sums => {
    const args = Object.assign({ x, scale, dy, sums, epsilon: attrs.epsilon as number }, gradients, size);
    team.run('layerNormGradient', args, chunks);
    team.run('sumLayerNormChunks', args, 1);
  });
  return Object.values(gradients);
};
