import { expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toFloat16 } from './half-precision.js';

it('knows the landmarks of binary16', () => {
  expect([0x0000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00].map(fromFloat16)).toEqual([
    0,
    1,
    -2,
    65504,
    2 ** -24,
    2 ** -14,
    Number.POSITIVE_INFINITY,
  ]);
  expect(fromFloat16(0x7e00)).toBeNaN();
  expect([fromBfloat16(0x3f80), fromBfloat16(0xc040)]).toEqual([1, -3]);
});

it('turns every finite binary16 number into itself', () => {
  const finite = Array.from({ length: 0x10000 }, (_, bits) => bits).filter(bits => (bits & 0x7c00) !== 0x7c00);
  expect(finite.filter(bits => toFloat16(fromFloat16(bits)) !== bits)).toEqual([]);
});

it('rounds to the nearest, ties to even, and overflows to infinity', () => {
  expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00);
  expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(toFloat16(1e6)).toBe(0x7c00);
  expect(fromFloat16(toFloat16(Number.NaN))).toBeNaN();
});
