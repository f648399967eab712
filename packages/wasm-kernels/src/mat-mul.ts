import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, floats, type Inputs, type KernelArguments, runKernel, sizeOf } from './backend.js';
import type { KernelCall, TeamKernel } from './kernel.js';
import { multiplyStacks } from './product.js';

/** Kernels of the activations, but for linear. */
const activations: Record<string, string> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  prelu: 'Prelu',
  leakyrelu: 'LeakyRelu',
};

/** `_FusedMatMul`: `activation(op(a) · op(b) + bias)`. */
export const fusedMatMul: TeamKernel = call => {
  const { inputs, backend, attrs } = call;
  const { bias, preluActivationWeights } = inputs;
  const { activation, leakyreluAlpha } = attrs as { activation: string; leakyreluAlpha?: number };
  const columns = (inputs.b as TensorInfo).shape.at(attrs.transposeB ? -2 : -1);
  const ofColumns = bias && bias.dtype === 'float32' && bias.shape.at(-1) === columns && sizeOf(bias) === columns;
  let out = batchMatMul(call, ofColumns ? bias : undefined);
  const replaceBy = (next: TensorInfo) => {
    backend.disposeData(out.dataId);
    out = next;
  };
  if (bias && !ofColumns) replaceBy(runKernel('Add', { a: out, b: bias }, {}, backend));
  if (activation === 'linear') return out;
  const name = activations[activation];
  if (!name) throw new Error(`fused.matMul on wasm: unknown activation ${activation}`);
  const x = out;
  replaceBy(runKernel(name, preluActivationWeights ? { x, alpha: preluActivationWeights } : { x }, { alpha: leakyreluAlpha }, backend));
  return out;
};

/** `BatchMatMul`: `out[i] = op(a[i]) · op(b[i])` (+ bias) for stacks of matrices, whose leading dimensions are broadcast. */
export function batchMatMul({ inputs, backend, attrs, team }: KernelCall, bias?: TensorInfo): TensorInfo {
  const { a, b } = inputs as Inputs<'a' | 'b'>;
  const { transposeA, transposeB } = attrs as { transposeA: boolean; transposeB: boolean };
  const [leftBatch, rightBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [m, k] = order(a, transposeA);
  const [inner, n] = order(b, transposeB);
  if (inner !== k) throw new Error(`matMul: inner sizes ${k} and ${inner} of [${a.shape}] and [${b.shape}] differ`);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(leftBatch, rightBatch);
  const dtype = a.dtype === 'float32' || b.dtype === 'float32' ? 'float32' : 'int32';
  const out = backend.makeOutput([...batch, m, n], dtype);
  if (sizeOf(out) === 0) return out;
  const [count, leftCount, rightCount] = [batch, leftBatch, rightBatch].map(tf.util.sizeFromShape) as [number, number, number];
  if (a.dtype !== 'float32' || b.dtype !== 'float32' || k === 0) {
    const [lefts, rights] = [broadcastItems(leftBatch, batch), broadcastItems(rightBatch, batch)];
    multiplySlowly({ inputs, backend, attrs }, out, [lefts, rights], { m, k, n }, bias);
    return out;
  }
  const left = { address: addressOf(backend, a), count: leftCount, transposed: transposeA };
  const right = { address: addressOf(backend, b), count: rightCount, transposed: transposeB };
  const [to, row] = [addressOf(backend, out), bias ? addressOf(backend, bias) : 0];
  // Left matrices below each other are one tall matrix.
  if (rightCount === 1 && leftCount === count && !transposeA)
    multiplyStacks(team, { ...left, count: 1 }, right, { m: count * m, k, n }, to, [[0, 0]], row);
  else {
    const [lefts, rights] = [broadcastItems(leftBatch, batch), broadcastItems(rightBatch, batch)];
    const pairs = lefts.map((item, i) => [item, rights[i]!] as const);
    multiplyStacks(team, left, right, { m, k, n }, to, pairs, row);
  }
  return out;
}

/** Rows and columns of the matrices as they are multiplied. */
function order({ shape }: TensorInfo, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

/** Integers, and sums of nothing. */
function multiplySlowly(
  { inputs, backend, attrs }: KernelArguments,
  out: TensorInfo,
  [lefts, rights]: [number[], number[]],
  { m, k, n }: { m: number; k: number; n: number },
  bias?: TensorInfo,
): void {
  const { a, b } = inputs as Inputs<'a' | 'b'>;
  const [x, y, z] = [a, b, out].map(tensor => backend.typedArrayFromHeap(tensor)) as [tf.TypedArray, tf.TypedArray, tf.TypedArray];
  const row = bias && floats(backend, bias);
  const [leftRow, leftColumn] = attrs.transposeA ? [1, m] : [k, 1];
  const [rightRow, rightColumn] = attrs.transposeB ? [1, k] : [n, 1];
  let at = 0;
  for (const [item, left] of lefts.entries())
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = row ? row[j]! : 0;
        for (let p = 0; p < k; p++)
          sum += x[left * m * k + i * leftRow + p * leftColumn]! * y[rights[item]! * k * n + p * rightRow + j * rightColumn]!;
        z[at++] = sum;
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
