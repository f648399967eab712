import type { DataId, DataType, KernelBackend, TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The Emscripten module inside TensorFlow.js' wasm backend, as far as it is used here. */
export interface WasmModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** Only in the threaded build. */
  readonly wasmMemory?: WebAssembly.Memory;
  /** Only in the other builds. */
  readonly asm?: { memory?: WebAssembly.Memory };
}

/** TensorFlow.js' `BackendWasm`, as far as kernels use it. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get(dataId: DataId): { id: number; memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): TypedArray;
  incRef(dataId: DataId): void;
}

/** What TensorFlow.js calls a kernel with. */
export interface KernelArguments {
  inputs: Readonly<Record<string, TensorInfo | undefined>>;
  backend: WasmBackend;
  attrs: Readonly<Record<string, unknown>>;
}

/** Inputs by their names. */
export type Inputs<Names extends string> = Readonly<Record<Names, TensorInfo>>;

/** Runs another kernel of the wasm backend from within a kernel, unseen by the gradient tape. The caller disposes of the result. */
export function runKernel(
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: Record<string, unknown>,
  backend: WasmBackend,
): TensorInfo {
  return (tf.getKernel(name, 'wasm').kernelFunc as unknown as (args: KernelArguments) => TensorInfo)({ inputs, attrs, backend });
}

/** Where a tensor lies in the heap, in bytes. */
export const addressOf = (backend: WasmBackend, { dataId }: TensorInfo): number => backend.dataIdMap.get(dataId).memoryOffset;

/** The values of a float32 tensor in the heap. Making another tensor may move the heap: take views last. */
export const floats = (backend: WasmBackend, x: TensorInfo): Float32Array => backend.typedArrayFromHeap(x) as Float32Array;

/** Number of values of a tensor. */
export const sizeOf = ({ shape }: TensorInfo): number => tf.util.sizeFromShape(shape);

/** Whether a tensor's values are of four bytes, and there are any. */
export const isCopyable = (x: TensorInfo): boolean => (x.dtype === 'float32' || x.dtype === 'int32') && sizeOf(x) > 0;

/** Whether kernels of this package take these inputs: float32 all, none empty. */
export const areFloats = (...tensors: TensorInfo[]): boolean => tensors.every(x => x.dtype === 'float32' && sizeOf(x) > 0);
