import * as tf from '@tensorflow/tfjs-core';
import { borrowCpuKernels } from '../cpu-kernels.js';
import type { Kernel, WasmBackend } from './backend.js';
import { castWithTruth } from './cast.js';
import { conv2dBackpropFilter, conv2dBackpropInput } from './conv2d-gradients.js';
import { fusedMatMul } from './fused-mat-mul.js';
import { batchMatMul, setupMatMul } from './mat-mul.js';
import { maxPoolGrad } from './max-pool-grad.js';
import { transposeByRows } from './transpose.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

/** Puts kernels in the place of stock ones that are slow or wrong, and adds those that training needs and the stock backend lacks. */
export function mendKernels(): void {
  register('BatchMatMul', () => batchMatMul, setupMatMul);
  register('_FusedMatMul', () => fusedMatMul);
  register('Cast', castWithTruth);
  register('Transpose', transposeByRows);
  register('MaxPoolGrad', () => maxPoolGrad);
  register('Conv2DBackpropFilter', () => conv2dBackpropFilter);
  register('Conv2DBackpropInput', () => conv2dBackpropInput);
  register('UnsortedSegmentSum', () => unsortedSegmentSum);
  borrowCpuKernels('wasm');
}

function register(kernelName: string, mend: (stock: Kernel) => Kernel, setup?: (backend: WasmBackend) => void): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (stock) tf.unregisterKernel(kernelName, 'wasm');
  const kernel = mend(stock?.kernelFunc as unknown as Kernel);
  const setupFunc = (setup ?? stock?.setupFunc) as unknown as tf.KernelSetupFunc | undefined;
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: kernel as unknown as tf.KernelFunc, setupFunc });
}
