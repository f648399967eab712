import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { runOnCpu } from '../cpu-kernels.js';
import { addressOf, floats, type KernelArguments, runKernel, type WasmBackend } from './backend.js';

type BatchMatMul = (
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

/** A matrix product on the C++ side, and three of its tensor numbers, which stand for one matrix after the other. */
let product: { multiply: BatchMatMul; ids: [number, number, number] };

/** Fetches what the kernel needs of a new backend. */
export function setupMatMul(backend: WasmBackend): void {
  const array = ['number', 'array', 'number'];
  const multiply = backend.wasm.cwrap('BatchMatMul', null, [...array, ...array, 'number', 'number', 'number']) as unknown as BatchMatMul;
  product = { multiply, ids: [backend.dataIdNextNumber++, backend.dataIdNextNumber++, backend.dataIdNextNumber++] };
}

/**
 * `out [m, n] = a [m, k] · b [k, n]` for matrices anywhere in the heap, by XNNPACK.
 *
 * XNNPACK repacks `b` and keeps the packed copy for its tensor number until that is disposed of. Numbers that live for one product only keep
 * these copies from adding up, and from growing stale: for the weights of a model they would take as much memory as the weights.
 */
export function multiplyMatrices(backend: WasmBackend, a: number, b: number, out: number, m: number, k: number, n: number): void {
  const { multiply, ids } = product;
  const { _malloc, _free, tfjs } = backend.wasm;
  const { registerTensor, disposeData } = tfjs;
  _free(_malloc(4 * k * (n + 8))); // throws if there is no room for the packed copy: XNNPACK would leave the result unset
  registerTensor(ids[0], m * k, a);
  registerTensor(ids[1], k * n, b);
  registerTensor(ids[2], m * n, out);
  multiply(ids[0], bytes([1, m, k]), 3, ids[1], bytes([1, k, n]), 3, 0, 0, ids[2]);
  for (const id of ids) disposeData(id);
}

/**
 * `BatchMatMul`: `out[i] = op(a[i]) · op(b[i])` for stacks of matrices, whose leading dimensions are broadcast.
 *
 * Of the stock kernel's cases only one matrix times one matrix, neither transposed, reaches XNNPACK; all others run through a scalar
 * loop, 10 to 70 times slower. Here operands are transposed first, and each matrix of a stack is a product of its own.
 */
export function batchMatMul(args: KernelArguments): TensorInfo {
  const { inputs, backend, attrs } = args;
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return runOnCpu('BatchMatMul', args) as TensorInfo;
  const left = matrices(a, transposeA, backend);
  const right = matrices(b, transposeB, backend);
  const [m, k, n] = [left.rows, left.columns, right.columns];
  if (right.rows !== k) throw new Error(`matMul: inner sizes ${k} and ${right.rows} of [${a.shape}] and [${b.shape}] differ`);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.batch, right.batch);
  const out = backend.makeOutput([...batch, m, n], 'float32');
  if (k === 0) floats(backend, out).fill(0);
  else if (tf.util.sizeFromShape(out.shape) > 0) multiplyStacks(backend, left, right, out, batch, [m, k, n]);
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

function multiplyStacks(
  backend: WasmBackend,
  a: Matrices,
  b: Matrices,
  out: TensorInfo,
  batch: number[],
  [m, k, n]: [number, number, number],
): void {
  const addresses = [a.tensor, b.tensor, out].map(x => addressOf(backend, x)) as [number, number, number];
  const count = tf.util.sizeFromShape(batch);
  if (tf.util.sizeFromShape(b.batch) === 1 && tf.util.sizeFromShape(a.batch) === count) {
    multiplyMatrices(backend, ...addresses, count * m, k, n); // the left-hand matrices below each other are one tall matrix
    return;
  }
  const [aItems, bItems] = [broadcastItems(a.batch, batch), broadcastItems(b.batch, batch)];
  for (let i = 0; i < count; i++) {
    const [aAt, bAt, outAt] = [addresses[0] + 4 * m * k * aItems[i]!, addresses[1] + 4 * k * n * bItems[i]!, addresses[2] + 4 * m * n * i];
    multiplyMatrices(backend, aAt, bAt, outAt, m, k, n);
  }
}

/** For each item of the broadcast batch, row-major, the item of `shape` that it comes from. */
export function broadcastItems(shape: number[], batch: number[]): number[] {
  let items = [0];
  batch.forEach((size, d) => {
    const own = shape[d - batch.length + shape.length] ?? 1;
    items = items.flatMap(item => Array.from({ length: size }, (_, i) => item * own + (own === 1 ? 0 : i)));
  });
  return items;
}

const bytes = (shape: number[]) => new Uint8Array(Int32Array.from(shape).buffer);
