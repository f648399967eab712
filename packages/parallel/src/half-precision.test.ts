import { toFloat16s } from '@wsss/numpy';
import { describe, expect, it } from 'vitest';
import { addHalves, decodeHalves, scaleExponent } from './half-precision.js';

const encode = (values: number[], exponent = 0) => {
  const halves = new Uint16Array(values.length);
  toFloat16s(Float32Array.from(values), halves, 2 ** exponent);
  return [...halves];
};
const decode = (halves: number[], exponent = 0) => {
  const values = new Float32Array(halves.length);
  decodeHalves(Uint16Array.from(halves), exponent, values);
  return [...values];
};

describe('half precision', () => {
  it('has the bit patterns of the standard', () => {
    expect(encode([0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, Number.POSITIVE_INFINITY, Number.NaN])).toEqual([
      0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 1, 0x7c00, 0x7e00,
    ]);
  });

  it('rounds to the nearest, ties to even, beyond the largest to infinity, below the smallest to 0', () => {
    const step = 2 ** -10;
    expect(encode([1 + step / 2, 1 + (3 * step) / 2, 1 + 0.51 * step, 65519, 65520, 2 ** -25, 1.5 * 2 ** -24])).toEqual([
      0x3c00, 0x3c02, 0x3c01, 0x7bff, 0x7c00, 0, 2,
    ]);
  });

  it('gives every one of its values back', () => {
    const all = Array.from({ length: 65536 }, (_, half) => half).filter(half => (half & 0x7c00) !== 0x7c00);
    expect(encode(decode(all))).toEqual(all);
  });

  it('is scaled by the power of two that fits the largest value', () => {
    expect(
      [[1], [0.75, -3], [2 ** -40], [0, 0], [Number.POSITIVE_INFINITY, Number.NaN, 1]].map(v => scaleExponent(Float32Array.from(v))),
    ).toEqual([14, 13, 54, 0, 14]);
    for (const size of [1e-42, 1e-30, 1e-6, 1, 3e38]) {
      const values = Float32Array.from({ length: 100 }, (_, i) => size * Math.sin(i));
      const exponent = scaleExponent(values);
      const halves = new Uint16Array(100);
      toFloat16s(values, halves, 2 ** exponent);
      const back = new Float32Array(100);
      decodeHalves(halves, exponent, back);
      const worst = Math.max(...values.map((value, i) => Math.abs(value - back[i]!)));
      expect(worst).toBeLessThanOrEqual(size * 2 ** -11 + 2 ** -149);
    }
  });

  it('adds', () => {
    const sums = Float32Array.of(10, 20);
    addHalves(Uint16Array.from(encode([4, 8])), 2, sums);
    expect([...sums]).toEqual([11, 22]);
  });
});
