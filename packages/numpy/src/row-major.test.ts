import { expect, it } from 'vitest';
import { gather, rowMajor } from './row-major.js';

const data = Int32Array.from({ length: 24 }, (_, i) => i);

it('gathers views of any strides', () => {
  expect(gather(data, [2, 3], [1, 2], 5)).toEqual(Int32Array.of(5, 7, 9, 6, 8, 10));
  expect(gather(data, [2, 2, 2], [12, 0, 1])).toEqual(Int32Array.of(0, 1, 0, 1, 12, 13, 12, 13));
  expect(gather(data, [], [], 7)).toEqual(Int32Array.of(7));
  expect(gather(Uint8Array.of(1), [3, 0], [1, 1])).toEqual(new Uint8Array(0));
});

it('turns column-major order around', () => {
  expect(rowMajor(Float32Array.of(1, 4, 2, 5, 3, 6), [2, 3])).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
});
