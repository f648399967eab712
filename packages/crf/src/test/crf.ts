// For tests: CRFs on every kind of engine, which are ended after a file's tests and must have all their memory back, and small images.
import './build.js';
import { afterAll, expect } from 'vitest';
import { DenseCrf } from '../dense-crf.js';
import { LatticeEngine } from '../lattice-engine.js';

/** Engines of every kind. */
export const engines = {
  simd: await LatticeEngine.start(),
  scalar: await LatticeEngine.start({ variant: 'scalar' }),
  'two threads': await LatticeEngine.start({ threads: 2 }),
};
export const engine = engines.simd;
afterAll(() => {
  for (const started of Object.values(engines)) {
    expect(started.heap.bytesInUse).toBe(128);
    started.dispose();
  }
});

/** Gives a CRF to a function, and disposes of it. */
export function withCrf<T>(shape: ConstructorParameters<typeof DenseCrf>[1], use: (crf: DenseCrf) => T, on = engine): T {
  const crf = new DenseCrf(on, shape);
  try {
    return use(crf);
  } finally {
    crf.dispose();
  }
}

function numbers(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
}

/** [height, width, labels], adding up to 1 at each pixel. */
export function someProbabilities(pixels: number, labels: number, seed = 1): Float32Array {
  const p = numbers(pixels * labels, seed).map(x => x ** 3 + 0.01);
  for (let n = 0; n < pixels; n++) {
    const row = p.subarray(n * labels, (n + 1) * labels);
    const sum = row.reduce((a, b) => a + b);
    row.set(row.map(x => x / sum));
  }
  return p;
}

/** Two flat halves with a little noise. */
export function someImage(width: number, height: number, seed = 1): Uint8Array {
  const noise = numbers(width * height * 3, seed);
  return Uint8Array.from(noise, (x, i) => (Math.floor(i / 3) % width < width / 2 ? 60 : 180) + 20 * x);
}

export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
