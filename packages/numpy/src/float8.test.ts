import { expect, it } from 'vitest';
import { fromFloat8s } from './float8.js';

it('has the values that can be worked out by hand', () => {
  expect([...fromFloat8s(Uint8Array.of(0x38, 0xb8, 0x7e, 0x01, 0x80, 0x7f), 'e4m3')]).toEqual([1, -1, 448, 2 ** -9, -0, Number.NaN]);
  expect([...fromFloat8s(Uint8Array.of(0x3c, 0x7b, 0x01, 0x7c, 0xfc, 0x7d), 'e5m2')]).toEqual([
    ...[1, 57344, 2 ** -16, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
  ]);
  expect([...fromFloat8s(Uint8Array.of(0x40, 0x7f, 0x80), 'e4m3fnuz')]).toEqual([1, 240, Number.NaN]);
  expect([...fromFloat8s(Uint8Array.of(0x40, 0x7f, 0x80), 'e5m2fnuz')]).toEqual([1, 57344, Number.NaN]);
});
