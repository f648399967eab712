import { expect, it } from 'vitest';
import { fromBfloat16s, fromFloat16s, toFloat16s } from './half-precision.js';

const to = (...values: number[]) => [...toFloat16s(Float32Array.from(values))];
const from = (...bits: number[]) => [...fromFloat16s(Uint16Array.from(bits))];

it('knows the landmarks of binary16', () => {
  expect(from(0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0x7e00)).toEqual([
    0,
    1,
    -2,
    65504,
    2 ** -24,
    2 ** -14,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ]);
  expect([...fromBfloat16s(Uint16Array.of(0x3f80, 0xc040))]).toEqual([1, -3]);
});

it('turns every finite binary16 number into itself', () => {
  const finite = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(bits => (bits & 0x7c00) !== 0x7c00);
  expect(to(...from(...finite))).toEqual(finite);
});

it('rounds to the nearest, ties to even, beyond the largest to infinity, below the smallest to 0', () => {
  expect(to(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 1.02 * 2 ** -11)).toEqual([0x3c00, 0x3c02, 0x3c01]);
  expect(to(65519, 65520, 1e6, -1e6, Number.NaN)).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7e00]);
  expect(to(0, -0, 2 ** -25, 1.5 * 2 ** -24)).toEqual([0, 0x8000, 0, 2]);
});

it('multiplies by a power of two first', () => {
  const bits = new Uint16Array(2);
  expect(toFloat16s(Float32Array.of(2 ** -40, 1e-30), bits, 2 ** 41)).toBe(bits);
  expect([...bits]).toEqual([0x4000, 0]);
});
