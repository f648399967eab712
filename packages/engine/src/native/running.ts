import type { DataId, DataType, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
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

/** The running native or cuda backend, or undefined on another engine. */
export function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === backendName ? (tf.backend() as NativeBackend) : undefined;
}
