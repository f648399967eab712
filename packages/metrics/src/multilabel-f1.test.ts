import { describe, expect, it } from 'vitest';
import { multilabelF1 } from './multilabel-f1.js';

describe('multilabelF1', () => {
  it('agrees with a sum by hand', () => {
    expect(multilabelF1([1, 1, 0], [1, 0, 0])).toBeCloseTo(2 / 3, 12);
    expect(multilabelF1(Uint8Array.of(1, 0, 1), Float32Array.of(1, 0, 1))).toBe(1);
  });

  it('is 0 when nothing matches', () => {
    expect(multilabelF1([1, 0], [0, 1])).toBe(0);
    expect(multilabelF1([0, 0], [0, 1])).toBe(0);
    expect(multilabelF1([0, 0], [0, 0])).toBe(0);
  });

  it('refuses scores and lengths that do not fit', () => {
    expect(() => multilabelF1([0.7, 0], [1, 0])).toThrow('prediction[0] is 0.7, expected 0 or 1');
    expect(() => multilabelF1([1, 0], [1, 2])).toThrow('truth[1] is 2');
    expect(() => multilabelF1([1], [1, 0])).toThrow('1 predicted labels for 2 true ones');
  });
});
