import type { TensorInfo } from '@tensorflow/tfjs-core';
import { floats, type Inputs, sizeOf } from './backend.js';
import { CHUNK, type TeamKernel } from './kernel.js';

/**
 * `WsssAdamW`: one AdamW update of one parameter (Loshchilov & Hutter 2019). Inputs `parameter`, `gradient`, `mean` and `square` of the
 * same shape, and `rates`, `biasCorrection1` (1 − β₁ᵗ) and `biasCorrection2` with an entry for each parameter of the model, of which
 * attribute `index` is this one's; attributes `beta1`, `beta2`, `epsilon`, `weightDecay`. Results: the new parameter, mean and square.
 */
export const adamW: TeamKernel = ({ inputs, backend, attrs, team }) => {
  const { rates, biasCorrection1, biasCorrection2, ...own } = inputs as Inputs<
    'parameter' | 'gradient' | 'mean' | 'square' | 'rates' | 'biasCorrection1' | 'biasCorrection2'
  >;
  const { index, beta1, beta2, epsilon, weightDecay } = attrs as Record<'index' | 'beta1' | 'beta2' | 'epsilon' | 'weightDecay', number>;
  const { shape } = own.parameter;
  const size = sizeOf(own.parameter);
  if (Object.values(own).some(x => sizeOf(x) !== size))
    throw new Error(`WsssAdamW: parameter [${shape}], gradient [${own.gradient.shape}] and moments must have one size`);
  const entry = (x: TensorInfo) => floats(backend, x)[index]!;
  const rate = entry(rates);
  const output = (): TensorInfo => backend.makeOutput(shape, 'float32');
  const results = { newParameter: output(), newMean: output(), newSquare: output() };
  const moments = { beta1, beta2, share1: 1 - beta1, share2: 1 - beta2, rootCorrection: 1 / Math.sqrt(entry(biasCorrection2)) };
  const step = { epsilon, rate: rate / entry(biasCorrection1), keep: 1 - rate * weightDecay };
  if (size > 0) team.run('adamW', Object.assign({ size, width: CHUNK }, own, results, moments, step), Math.ceil(size / CHUNK));
  return Object.values(results);
};
