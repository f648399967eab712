import { expect, it } from 'vitest';
import { decodedSize } from './picture-limits.js';

it('keeps small pictures, shrinks large ones, and refuses what cannot be used', () => {
  expect(decodedSize('a.png', { width: 96, height: 64 })).toEqual({ width: 96, height: 64 });
  expect(decodedSize('a.png', { width: 4096, height: 2048 })).toEqual({ width: 1024, height: 512 });
  expect(() => decodedSize('map.png', { width: 10_000, height: 10_000 })).toThrow(
    'map.png: it is 10000×10000, 100 million pixels, of which at most 67 million are read; shrink it.',
  );
  expect(() => decodedSize('dot.png', { width: 4, height: 4 })).toThrow(
    'dot.png: it is 4×4; pictures need at least 8 pixels on each side.',
  );
});
