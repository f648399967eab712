import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, areFloats, sizeOf, type TeamKernel } from './backend.js';

/** Functions of one value, by their numbers in assembly/elementwise.ts. */
export const UNARY = [
  'Exp',
  'Log',
  'Erf',
  'Tanh',
  'Sigmoid',
  'Sqrt',
  'Rsqrt',
  'Square',
  'Neg',
  'Abs',
  'Relu',
  'Reciprocal',
  'WsssGelu',
] as const;

/** Functions of two values, by their numbers in assembly/elementwise.ts. */
export const BINARY = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference', 'WsssGeluGrad'] as const;

/** Values that one thread takes at a time. */
const CHUNK = 16384;

/** A kernel that applies a function to each value. `WsssGelu` is x·Φ(x), by the error function. */
export const unary =
  (name: (typeof UNARY)[number]): TeamKernel =>
  (args, team, stock) => {
    const { inputs, backend } = args;
    const x = inputs.x as TensorInfo;
    if (!areFloats(x)) return stock(args);
    const out = backend.makeOutput(x.shape, 'float32');
    const size = sizeOf(x);
    const width = Math.min(CHUNK, 4096 * Math.ceil(size / 4096 / 4));
    team.run('unary', [UNARY.indexOf(name), addressOf(backend, x), addressOf(backend, out), size, width], Math.ceil(size / width));
    return out;
  };

/** A kernel that applies a function to each pair of values, broadcast. `WsssGeluGrad` is a·(Φ(b) + b·φ(b)), with a the gradient and b what GELU got. */
export const binary =
  (name: (typeof BINARY)[number]): TeamKernel =>
  (args, team, stock) => {
    const { inputs, backend } = args;
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    if (!areFloats(a, b)) return stock(args);
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const axes = mergedAxes(shape, a.shape, b.shape);
    if (axes.length > 4) return stock(args);
    const row = axes.at(-1)!;
    const outer = [...Array.from({ length: 4 - axes.length }, () => ({ size: 1, a: 0, b: 0 })), ...axes.slice(0, -1)];
    const rows = outer.reduce((count, { size }) => count * size, 1);
    const out = backend.makeOutput(shape, 'float32');
    const width = Math.min(CHUNK, 4 * Math.ceil(row.size / 4));
    const total = rows * Math.ceil(row.size / width);
    const pieces = Math.max(1, Math.floor(CHUNK / width));
    const steps = [...outer.map(axis => 4 * axis.a), ...outer.map(axis => 4 * axis.b)];
    const addresses = [a, b, out].map(x => addressOf(backend, x));
    const words = [
      BINARY.indexOf(name),
      ...addresses,
      4 * row.a,
      4 * row.b,
      row.size,
      rows,
      width,
      pieces,
      outer[1]!.size,
      outer[2]!.size,
      ...steps,
    ];
    team.run('binary', words, Math.ceil(total / pieces));
    return out;
  };

/** An axis of a result, and the steps of the two inputs along it, in values: 0 where one is broadcast. */
export interface Axis {
  size: number;
  a: number;
  b: number;
}

/** The axes of a broadcast pair of shapes, the slowest first: those of size 1 are left out, and neighbors that are passed through as one are one. */
export function mergedAxes(shape: number[], aShape: number[], bShape: number[]): Axis[] {
  const steps = (own: number[]) => {
    const strides = own.map((_, d) => own.slice(d + 1).reduce((size, next) => size * next, 1));
    return shape.map((_, d) => {
      const at = d - shape.length + own.length;
      return at < 0 || own[at] === 1 ? 0 : strides[at]!;
    });
  };
  const [aSteps, bSteps] = [steps(aShape), steps(bShape)];
  const axes: Axis[] = [];
  for (let d = 0; d < shape.length; d++) {
    const axis = { size: shape[d]!, a: aSteps[d]!, b: bSteps[d]! };
    if (axis.size === 1) continue;
    const last = axes.at(-1);
    if (last && last.a === axis.a * axis.size && last.b === axis.b * axis.size)
      axes[axes.length - 1] = { ...axis, size: last.size * axis.size };
    else axes.push(axis);
  }
  return axes.length > 0 ? axes : [{ size: 1, a: 1, b: 1 }];
}
