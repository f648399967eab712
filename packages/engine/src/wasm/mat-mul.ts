import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelArguments, WasmBackend } from './backend.js';
import { runKernel } from './register.js';

type Multiply = (
  a: number,
  aShape: Uint8Array,
  aRank: number,
  b: number,
  bShape: Uint8Array,
  bRank: number,
  transposeA: number,
  transposeB: number,
  out: number,
) => void;

/** A matrix product on the C++ side and three of its tensor numbers, which stand for a matrix of a stack in turn. */
interface Product {
  multiply: Multiply;
  ids: [number, number, number];
}

let product: Product;

/** Fetches what the kernel needs of a new backend. */
export function setupMatMul(backend: WasmBackend): void {
  const array = ['number', 'array', 'number'];
  const multiply = backend.wasm.cwrap('BatchMatMul', null, [...array, ...array, 'number', 'number', 'number']) as unknown as Multiply;
  product = { multiply, ids: [backend.dataIdNextNumber++, backend.dataIdNextNumber++, backend.dataIdNextNumber++] };
}

/**
 * `BatchMatMul`: `out[i] = op(a[i]) · op(b[i])` for stacks of matrices; their leading dimensions are broadcast.
 *
 * Of the stock kernel's cases only one matrix times one matrix, neither transposed, reaches XNNPACK; all others run through a scalar
 * loop, 10 to 70 times slower. Here operands are transposed first, and each matrix of a stack is a product of its own on a view into the heap.
 */
export function batchMatMul({ inputs, backend, attrs }: KernelArguments): TensorInfo {
  const [a, b] = [inputs.a!, inputs.b!];
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  if (a.dtype !== 'float32' || b.dtype !== 'float32')
    throw new Error(`matMul on wasm takes float32, found ${a.dtype} and ${b.dtype}: cast first`);
  const left = matrices(a, transposeA, backend);
  const right = matrices(b, transposeB, backend);
  const [m, k, n] = [left.rows, left.columns, right.columns];
  if (right.rows !== k) throw new Error(`matMul: inner sizes ${k} and ${right.rows} of [${a.shape}] and [${b.shape}] differ`);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.batch, right.batch);
  const out = backend.makeOutput([...batch, m, n], 'float32');
  if (k === 0) (backend.typedArrayFromHeap(out) as Float32Array).fill(0);
  else if (tf.util.sizeFromShape(out.shape) > 0) {
    const one = tf.util.sizeFromShape(right.batch) === 1;
    const count = tf.util.sizeFromShape(batch);
    // One right-hand matrix for all: the left-hand ones below each other are one tall matrix.
    if (one && tf.util.sizeFromShape(left.batch) === count) multiplyOne(backend, left.tensor, right.tensor, out, count * m, k, n);
    else multiplyEach(backend, left, right, out, batch, m, k, n);
  }
  if (left.tensor !== a) backend.disposeData(left.tensor.dataId);
  if (right.tensor !== b) backend.disposeData(right.tensor.dataId);
  return out;
}

/** A stack of matrices, none transposed. */
interface Matrices {
  tensor: TensorInfo;
  batch: number[];
  rows: number;
  columns: number;
}

function matrices(x: TensorInfo, transposed: boolean, backend: WasmBackend): Matrices {
  const batch = x.shape.slice(0, -2);
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  if (!transposed) return { tensor: x, batch, rows, columns };
  const stack = { ...x, shape: [tf.util.sizeFromShape(batch), rows, columns] };
  return { tensor: runKernel('Transpose', { x: stack }, { perm: [0, 2, 1] }, backend), batch, rows: columns, columns: rows };
}

function multiplyOne(backend: WasmBackend, a: TensorInfo, b: TensorInfo, out: TensorInfo, m: number, k: number, n: number): void {
  const id = (x: TensorInfo) => backend.dataIdMap.get(x.dataId).id;
  product.multiply(id(a), bytes([1, m, k]), 3, id(b), bytes([1, k, n]), 3, 0, 0, id(out));
}

function multiplyEach(
  backend: WasmBackend,
  a: Matrices,
  b: Matrices,
  out: TensorInfo,
  batch: number[],
  m: number,
  k: number,
  n: number,
): void {
  const { multiply, ids } = product;
  const { registerTensor, disposeData } = backend.wasm.tfjs;
  const address = (x: TensorInfo) => backend.dataIdMap.get(x.dataId).memoryOffset;
  const [aAddress, bAddress, outAddress] = [address(a.tensor), address(b.tensor), address(out)];
  const [aShape, bShape] = [bytes([1, m, k]), bytes([1, k, n])];
  const [aIndex, bIndex] = [broadcastIndices(a.batch, batch), broadcastIndices(b.batch, batch)];
  aIndex.forEach((ai, i) => {
    registerTensor(ids[0], m * k, aAddress + ai * m * k * 4);
    registerTensor(ids[1], k * n, bAddress + bIndex[i]! * k * n * 4);
    registerTensor(ids[2], m * n, outAddress + i * m * n * 4);
    multiply(ids[0], aShape, 3, ids[1], bShape, 3, 0, 0, ids[2]);
    for (const id of ids) disposeData(id); // also drops the packed copy of b that XNNPACK keeps for its number
  });
}

/** For each item of the broadcast batch, row-major, the item of `shape` it comes from. */
export function broadcastIndices(shape: number[], batch: number[]): number[] {
  let indices = [0];
  batch.forEach((size, d) => {
    const own = shape[d - batch.length + shape.length] ?? 1;
    indices = indices.flatMap(index => Array.from({ length: size }, (_, i) => index * own + (own === 1 ? 0 : i)));
  });
  return indices;
}

const bytes = (shape: number[]) => new Uint8Array(Int32Array.from(shape).buffer);
