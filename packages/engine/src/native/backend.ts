import { createRequire } from 'node:module';
import util from 'node:util';
import type { DataId, DataType, KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../engine.js';
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

const require = createRequire(import.meta.url);

/** Registers tfjs-node's kernels and its backend over a binding. Its compiled addon, which its `index.js` loads, is not needed. */
export function registerNativeBackend(binding: Binding): void {
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= value => value === null || value === undefined; // gone since Node 23, and kernels call them
  old.isArray ??= Array.isArray;
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node/dist/nodejs_kernel_backend') as {
    NodeJSKernelBackend: new (binding: Binding, packageName: string) => NativeBackend;
  };
  require('@tensorflow/tfjs-node/dist/register_all_kernels');
  if (!tf.getKernel('Add', backendName))
    throw new EngineError(
      '@tensorflow/tfjs-node brought a copy of @tensorflow/tfjs-core of its own: two copies are two engines',
      'Give all @tensorflow packages the same version, then type: npm dedupe',
    );
  tf.registerBackend(backendName, () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'), 3);
}

/** The running native or cuda backend, or undefined on another engine. */
export function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === backendName ? (tf.backend() as NativeBackend) : undefined;
}
