import type { DataId, DataType, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { NodeJSKernelBackend, registerNodeKernels } from '../../build/node-kernels.js';
import type { Attribute } from './attributes.js';
import type { Binding } from './binding.js';
import type { TensorMetadata } from './context.js';

/** tfjs-node's `NodeJSKernelBackend`, as far as it is used here. */
export interface NativeBackend extends KernelBackend {
  readonly binding: Binding;
  /** Number, shape and TensorFlow type of each tensor's data; `values` wait in JavaScript for their first use, with number -1. */
  readonly tensorMap: { get(dataId: DataId): { id: number; values: unknown } | undefined };
  getDTypeInteger(dtype: DataType): number;
  /** The numbers of tensors; waiting values go to TensorFlow now. */
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: TensorInfo[]): Tensor;
}

/** The name under which TensorFlow.js knows the engine on TensorFlow's library. */
export const backendName = 'tensorflow';

let registered = false;

/** Whether the program has imported tfjs-node, which has registered its own backend. */
export const tfjsNodeRuns = (): boolean => !registered && tf.findBackendFactory(backendName) !== null;

/**
 * Registers tfjs-node's kernels and its backend over a binding, in the place of those that the program's own tfjs-node has registered. Its
 * compiled addon is not needed.
 */
export function registerNativeBackend(binding: Binding): void {
  if (tf.findBackendFactory(backendName)) tf.removeBackend(backendName);
  if (!registered) {
    for (const { kernelName } of tf.getKernelsForBackend(backendName)) tf.unregisterKernel(kernelName, backendName);
    registerNodeKernels();
    registered = true;
  }
  tf.registerBackend(backendName, () => new NodeJSKernelBackend(binding, '@wsss/engine'), 3);
}

/** The running native or cuda backend, or undefined on another engine. */
export function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === backendName ? (tf.backend() as NativeBackend) : undefined;
}
