import type { DataId, DataType, KernelBackend, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { WasmModule } from './module.js';

/** TensorFlow.js' `BackendWasm`, as far as kernels use it. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get(dataId: DataId): { id: number; memoryOffset: number } };
  /** The next free number for a tensor on the C++ side. */
  dataIdNextNumber: number;
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): TypedArray;
}

/** What a kernel is called with. */
export interface KernelArguments {
  inputs: Record<string, TensorInfo | undefined>;
  backend: WasmBackend;
  attrs: Record<string, unknown>;
}

/** A kernel with one result. */
export type Kernel = (args: KernelArguments) => TensorInfo;

/** Runs another kernel of the wasm backend from within a kernel, unseen by the gradient tape. The caller disposes of the result. */
export function runKernel(
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: Record<string, unknown>,
  backend: WasmBackend,
): TensorInfo {
  return (tf.getKernel(name, 'wasm').kernelFunc as unknown as Kernel)({ inputs, attrs, backend });
}

/** Where a tensor lies in the heap, in bytes. */
export const addressOf = (backend: WasmBackend, { dataId }: TensorInfo): number => backend.dataIdMap.get(dataId).memoryOffset;

/** The values of a float32 tensor in the heap. Making another tensor may move the heap: take views last. */
export const floats = (backend: WasmBackend, x: TensorInfo): Float32Array => backend.typedArrayFromHeap(x) as Float32Array;
