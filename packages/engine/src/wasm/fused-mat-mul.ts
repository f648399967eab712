import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelArguments, runKernel } from './backend.js';
import { batchMatMul } from './mat-mul.js';

/** Kernels of the activations, but for linear. */
const activations: Record<string, string> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  prelu: 'Prelu',
  leakyrelu: 'LeakyRelu',
};

/** `_FusedMatMul`: `activation(op(a) · op(b) + bias)`. The stock kernel is as slow as its `BatchMatMul`, and wrong for stacks with a bias. */
export function fusedMatMul(args: KernelArguments): TensorInfo {
  const { inputs, backend, attrs } = args;
  const { bias, preluActivationWeights } = inputs;
  const { activation, leakyreluAlpha } = attrs as { activation: string; leakyreluAlpha?: number };
  let out = batchMatMul(args);
  const replaceBy = (next: TensorInfo) => {
    backend.disposeData(out.dataId);
    out = next;
  };
  if (bias) replaceBy(runKernel('Add', { a: out, b: bias }, {}, backend));
  if (activation === 'linear') return out;
  const name = activations[activation];
  if (!name) throw new Error(`fused.matMul on wasm: unknown activation ${activation}`);
  const x = out;
  replaceBy(runKernel(name, preluActivationWeights ? { x, alpha: preluActivationWeights } : { x }, { alpha: leakyreluAlpha }, backend));
  return out;
}
