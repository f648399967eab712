import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelArguments, WasmBackend } from './backend.js';

/** Registers a kernel of the wasm backend, in place of a stock one of that name. */
export function registerWasmKernel(
  kernelName: string,
  kernel: (args: KernelArguments) => TensorInfo,
  setup?: (backend: WasmBackend) => void,
): void {
  if (tf.getKernel(kernelName, 'wasm')) tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: kernel as unknown as tf.KernelFunc,
    setupFunc: setup as unknown as tf.KernelSetupFunc,
  });
}

/** Runs another kernel of the wasm backend from within a kernel, unseen by the gradient tape. The caller disposes of the result. */
export function runKernel(
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: Record<string, unknown>,
  backend: WasmBackend,
): TensorInfo {
  const kernel = tf.getKernel(name, 'wasm').kernelFunc as unknown as (args: KernelArguments) => TensorInfo;
  return kernel({ inputs, attrs, backend });
}
