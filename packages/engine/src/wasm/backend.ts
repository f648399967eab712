import type { DataId, DataType, KernelBackend, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
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
  inputs: Record<string, TensorInfo>;
  backend: WasmBackend;
  attrs: Record<string, unknown>;
}
