import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, floats, type KernelArguments, sizeOf } from './backend.js';
import { float, type Team } from './team.js';

const CHUNK = 16384;

/**
 * `WsssAdamW`: one AdamW update of one parameter (Loshchilov & Hutter 2019). Inputs `parameter`, `gradient`, `mean` and `square` of the same shape, and
 * `rates`, `biasCorrection1` (1 − β₁ᵗ) and `biasCorrection2` with an entry for each parameter of the model, of which attribute `index` is this
 * one's; attributes `beta1`, `beta2`, `epsilon`, `weightDecay`. Results: the new parameter, mean and square.
 */
export function adamW({ inputs, backend, attrs }: KernelArguments, team: Team): TensorInfo[] {
  const { parameter, gradient, mean, square, rates, biasCorrection1, biasCorrection2 } = inputs as Record<string, TensorInfo> & {
    [name in 'parameter' | 'gradient' | 'mean' | 'square' | 'rates' | 'biasCorrection1' | 'biasCorrection2']: TensorInfo;
  };
  const { index, beta1, beta2, epsilon, weightDecay } = attrs as Record<'index' | 'beta1' | 'beta2' | 'epsilon' | 'weightDecay', number>;
  const size = sizeOf(parameter);
  if ([gradient, mean, square].some(x => sizeOf(x) !== size))
    throw new Error(`WsssAdamW: parameter [${parameter.shape}], gradient [${gradient.shape}] and moments must have one size`);
  const [rate, correction1, correction2] = [rates, biasCorrection1, biasCorrection2].map(x => floats(backend, x)[index]!) as [
    number,
    number,
    number,
  ];
  const results = [parameter, parameter, parameter].map(x => backend.makeOutput(x.shape, 'float32'));
  if (size === 0) return results;
  const addresses = [parameter, gradient, mean, square, ...results].map(x => addressOf(backend, x));
  const numbers = [beta1, beta2, 1 - beta1, 1 - beta2, 1 / Math.sqrt(correction2), epsilon, rate / correction1, 1 - rate * weightDecay];
  team.run('adamW', [...addresses, size, ...numbers.map(float), CHUNK], Math.ceil(size / CHUNK));
  return results;
}
