import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { mergedAxes } from './elementwise.js';
import { expectNothingLeft, run, waveTensor } from './test/reference.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm', threads: 2 });
});

/** erf by its series and its continued fraction, in double precision. */
function erf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let i = 60; i > 0; i--) fraction = i / 2 / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / ((Math.abs(x) + fraction) * Math.sqrt(Math.PI)));
  }
  let [term, sum] = [x, x];
  for (let i = 1; i < 80; i++) {
    term *= (-x * x) / i;
    sum += term / (2 * i + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
const cdf = (x: number) => 0.5 * (1 + erf(x / Math.SQRT2));
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const functions: [name: string, exact: (x: number) => number, relative: number, absolute: number][] = [
  ['Exp', Math.exp, 3e-7, 1e-44],
  ['Log', Math.log, 2e-7, 1e-7],
  ['Erf', erf, 6e-7, 0],
  ['Tanh', Math.tanh, 6e-7, 0],
  ['Sigmoid', x => 1 / (1 + Math.exp(-x)), 1e-6, 1e-38],
  ['Sqrt', Math.sqrt, 1e-7, 0],
  ['Rsqrt', x => 1 / Math.sqrt(x), 2e-7, 0],
  ['Square', x => x * x, 1e-7, 0],
  ['Neg', x => -x, 0, 0],
  ['Abs', Math.abs, 0, 0],
  ['Relu', x => Math.max(x, 0), 0, 0],
  ['Reciprocal', x => 1 / x, 1e-7, 0],
  ['WsssGelu', x => x * cdf(x), 1e-6, 1e-6],
];

describe('functions of one value', () => {
  it.each(functions)('%s agrees with double precision', (name, exact, relative, absolute) => {
    const x = Float32Array.from({ length: 4003 }, (_, i) => (i - 2001) / 100);
    const found = run(name, { x: tf.tensor1d(x) })[0]!.dataSync();
    for (const [i, value] of x.entries()) {
      const expected = exact(value);
      if (
        Number.isNaN(expected)
          ? !Number.isNaN(found[i]!)
          : found[i] !== expected && !(Math.abs(found[i]! - expected) <= relative * Math.abs(expected) + absolute)
      )
        throw new Error(`${name}(${value}): found ${found[i]}, expected ${expected}`);
    }
  });

  it('are right at the ends', () => {
    const of = (name: string, ...x: number[]) => Array.from(run(name, { x: tf.tensor1d(x) })[0]!.dataSync());
    const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
    expect(of('Exp', -infinity, -200, 0, 89, infinity, none)).toEqual([0, 0, 1, infinity, infinity, none]);
    expect(of('Log', 0, 1, infinity, -1, none)).toEqual([-infinity, 0, infinity, none, none]);
    for (const name of ['Erf', 'Tanh'])
      of(name, -infinity, -20, 0, 20, infinity).forEach((value, i) => {
        expect(value).toBeCloseTo([-1, -1, 0, 1, 1][i]!, 6);
      });
    expect(of('Relu', -1, 0, 2, none)).toEqual([0, 0, 2, none]);
  });
});

it('the gradient of GELU is dy · (Φ(x) + x·φ(x))', () => {
  const [x, dy] = [tf.linspace(-6, 6, 333), waveTensor([333])];
  const [values, given] = [x.dataSync(), dy.dataSync()];
  const found = run('WsssGeluGrad', { a: dy, b: x })[0]!.dataSync();
  for (const [i, value] of values.entries()) expect(found[i]).toBeCloseTo(given[i]! * (cdf(value) + value * density(value)), 5);
});

describe('mergedAxes', () => {
  it.each([
    [[2, 3], [2, 3], [2, 3], [{ size: 6, a: 1, b: 1 }]],
    [
      [2, 3, 4],
      [2, 3, 4],
      [4],
      [
        { size: 6, a: 4, b: 0 },
        { size: 4, a: 1, b: 1 },
      ],
    ],
    [
      [2, 3],
      [2, 3],
      [2, 1],
      [
        { size: 2, a: 3, b: 1 },
        { size: 3, a: 1, b: 0 },
      ],
    ],
    [[1, 1], [1, 1], [], [{ size: 1, a: 1, b: 1 }]],
    [[2, 1, 3], [2, 1, 3], [1], [{ size: 6, a: 1, b: 0 }]],
  ])('%j of %j and %j', (shape, a, b, axes) => {
    expect(mergedAxes(shape, a, b)).toEqual(axes);
  });
});

it('functions of two values are broadcast like those of TensorFlow.js', () => {
  const operations: [string, (a: number, b: number) => number][] = [
    ['Add', (a, b) => a + b],
    ['Sub', (a, b) => a - b],
    ['Multiply', (a, b) => a * b],
    ['RealDiv', (a, b) => a / b],
    ['Maximum', Math.max],
    ['Minimum', Math.min],
    ['SquaredDifference', (a, b) => (a - b) ** 2],
  ];
  const axis = fc.record({ size: fc.integer({ min: 1, max: 9 }), a: fc.boolean(), b: fc.boolean() });
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 5 }), fc.constantFrom(...operations), (axes, [name, exact]) => {
      tf.tidy(() => {
        const a = waveTensor(
          axes.map(({ size, a }) => (a ? size : 1)),
          1,
        );
        const b = waveTensor(
          axes.map(({ size, b }) => (b ? size : 1)),
          2,
        );
        const found = run(name, { a, b })[0]!;
        const [x, y] = [tf.broadcastTo(a, found.shape).dataSync(), tf.broadcastTo(b, found.shape).dataSync()];
        found.dataSync().forEach((value, i) => {
          const expected = exact(x[i]!, y[i]!);
          if (Math.abs(value - expected) > 2e-7 * Math.abs(expected))
            throw new Error(`${name}, value ${i}: found ${value}, expected ${expected}`);
        });
      });
    }),
    { numRuns: 150, seed: 3 },
  );
});

it('long rows are shared out between threads', () => {
  const [a, b] = [waveTensor([3, 100_001]), waveTensor([3, 1], 2)];
  const [found, x, y] = [tf.mul(a, b).dataSync(), a.dataSync(), b.dataSync()];
  for (let i = 0; i < found.length; i += 997) expect(found[i]).toBe(Math.fround(x[i]! * y[Math.floor(i / 100_001)]!));
});

it('leaves nothing behind', () => {
  const [x, y] = [waveTensor([4, 5]), waveTensor([5])];
  expectNothingLeft(() => tf.add(x, y));
  expectNothingLeft(() => tf.exp(x));
});
