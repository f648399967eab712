import * as tf from '@tensorflow/tfjs-core';
import { type Axis, mergeAxes, padAxes, positions, strides } from './axes.js';
import { areFloats, type Inputs, sizeOf } from './backend.js';
import { CHUNK, type TeamKernel } from './kernel.js';

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

/** A kernel that applies a function to each value. `WsssGelu` is x·Φ(x), by the error function. */
export const unary =
  (name: (typeof UNARY)[number]): TeamKernel =>
  ({ inputs, backend, team, stock }) => {
    const { x } = inputs as Inputs<'x'>;
    if (!areFloats(x)) return stock();
    const out = backend.makeOutput(x.shape, 'float32');
    const size = sizeOf(x);
    const width = Math.min(CHUNK, 4096 * Math.ceil(size / 4096 / 4));
    team.run('unary', { f: UNARY.indexOf(name), x, out, size, width }, Math.ceil(size / width));
    return out;
  };

/**
 * A kernel that applies a function to each pair of values, broadcast. `WsssGeluGrad` is a·(Φ(b) + b·φ(b)), with a the gradient and b what
 * GELU got.
 */
export const binary =
  (name: (typeof BINARY)[number]): TeamKernel =>
  ({ inputs, backend, team, stock }) => {
    const { a, b } = inputs as Inputs<'a' | 'b'>;
    if (!areFloats(a, b)) return stock();
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const axes = mergedAxes(shape, a.shape, b.shape);
    if (axes.length > 4) return stock();
    const row = axes.at(-1)!;
    const n = row.size;
    const outer = padAxes(axes.slice(0, -1), 3);
    const rows = positions(outer);
    const out = backend.makeOutput(shape, 'float32');
    const width = Math.min(CHUNK, 4 * Math.ceil(n / 4));
    const pieces = Math.max(1, Math.floor(CHUNK / width));
    const [axis0, axis1, axis2] = outer as [Axis, Axis, Axis];
    const ofRows = { f: BINARY.indexOf(name), a, b, out, aStep: 4 * row.a, bStep: 4 * row.b, n, rows, width, pieces };
    const sizes = { size1: axis1.size, size2: axis2.size };
    const aSteps = { a0: 4 * axis0.a, a1: 4 * axis1.a, a2: 4 * axis2.a };
    const bSteps = { b0: 4 * axis0.b, b1: 4 * axis1.b, b2: 4 * axis2.b };
    team.run('binary', Object.assign(ofRows, sizes, aSteps, bSteps), Math.ceil((rows * Math.ceil(n / width)) / pieces));
    return out;
  };

/** The axes of a broadcast pair of shapes, merged; steps are 0 where one is broadcast. */
export function mergedAxes(shape: number[], aShape: number[], bShape: number[]): Axis[] {
  const steps = (own: number[]) => {
    const ownStrides = strides(own);
    return shape.map((_, d) => {
      const at = d - shape.length + own.length;
      return at < 0 || own[at] === 1 ? 0 : ownStrides[at]!;
    });
  };
  const [aSteps, bSteps] = [steps(aShape), steps(bShape)];
  return mergeAxes(shape.map((size, d) => ({ size, a: aSteps[d]!, b: bSteps[d]! })));
}
