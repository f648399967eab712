import './test/build.js';
import { filterByScalarReference } from '@wsss/fixtures';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { LatticeEngine } from './lattice-engine.js';
import { PermutohedralLattice } from './permutohedral-lattice.js';

const engine = await LatticeEngine.start();
const others = { scalar: await LatticeEngine.start({ variant: 'scalar' }), 'three threads': await LatticeEngine.start({ threads: 3 }) };
afterAll(() => {
  for (const started of [engine, ...Object.values(others)]) {
    expect(started.heap.bytesInUse).toBe(128); // the team and its command
    started.dispose();
  }
});

function withLattice<T>(
  points: ConstructorParameters<typeof PermutohedralLattice>[1],
  use: (lattice: PermutohedralLattice) => T,
  on = engine,
): T {
  const lattice = new PermutohedralLattice(on, points);
  try {
    return use(lattice);
  } finally {
    lattice.dispose();
  }
}

/** Numbers in [0, 1) that look random, the same in every run. */
function numbers(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const largest = (a: Float32Array) => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

function expectClose(actual: Float32Array, expected: Float32Array, relative = 1e-5): void {
  const bound = relative * largest(expected);
  const worst = actual.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(bound);
}

describe('PermutohedralLattice', () => {
  it('keeps a single point but for what the blur spreads to points that are not there', () => {
    // In one dimension a point at 0 is a lattice point: its neighbors do not exist, except the other vertex of its simplex.
    withLattice({ features: Float32Array.of(0), dimensions: 1 }, lattice => {
      expect(lattice.points).toBe(2);
      // Splat 1 and 0. Axis 0 links the two: 1 and ½. Axis 1 the same again: 1.25 and 1. Slice the first; α = 1 / (1 + ½).
      expect(lattice.filter(Float32Array.of(1), 1)[0]).toBeCloseTo(1.25 / 1.5, 6);
    });
  });

  it('adds up what lies at the same place', () => {
    withLattice({ features: new Float32Array(5 * 7), dimensions: 5 }, lattice => {
      expect(lattice.points).toBe(6);
      const [one] = withLattice({ features: new Float32Array(5), dimensions: 5 }, single => single.filter(Float32Array.of(1), 1));
      const sums = lattice.filter(
        Float32Array.from({ length: 14 }, (_, i) => (i % 2 ? i : 1)),
        2,
      );
      for (let n = 0; n < 7; n++) {
        expect(sums[2 * n]).toBeCloseTo(7 * one!, 5);
        expect(sums[2 * n + 1]! / (49 * one!)).toBeCloseTo(1, 5);
      }
    });
  });

  it('keeps points that are far apart from each other', () => {
    withLattice({ features: Float32Array.of(0, 0, 1000, 1000), dimensions: 2 }, lattice => {
      expect(lattice.filter(Float32Array.of(1, 0), 1)[1]).toBe(0);
    });
  });

  it('comes close to the Gaussian on a dense grid', () => {
    const side = 41;
    const features = Float32Array.from({ length: side * side * 2 }, (_, i) => (i % 2 ? Math.floor(i / 2 / side) : (i / 2) % side) / 4);
    const center = (side * side - 1) / 2;
    const impulse = new Float32Array(side * side);
    impulse[center] = 1;
    const response = withLattice({ features, dimensions: 2 }, lattice => lattice.filter(impulse, 1));
    for (const distance of [0, 2, 4, 6]) {
      expect(Math.abs(response[center + distance]! / response[center]! - Math.exp(-((distance / 4) ** 2) / 2))).toBeLessThan(0.1);
    }
  });

  it.each([
    [1, 300, 3],
    [2, 500, 21],
    [3, 200, 30],
    [5, 700, 24],
    [5, 333, 1],
    [9, 120, 5],
  ])('equals the plain algorithm in %i dimensions, %i points, %i channels', (dimensions, count, channels) => {
    const features = numbers(count * dimensions, dimensions).map(x => 6 * x - 2);
    const values = numbers(count * channels, 7);
    for (const phantomPoints of [false, true]) {
      const expected = filterByScalarReference(features, dimensions, values, channels, { phantomPoints });
      expectClose(
        withLattice({ features, dimensions, phantomPoints }, lattice => lattice.filter(values, channels)),
        expected,
      );
      for (const other of Object.values(others)) {
        expectClose(
          withLattice({ features, dimensions, phantomPoints }, lattice => lattice.filter(values, channels), other),
          expected,
        );
      }
    }
  });

  it('packs far-flung features into several words', () => {
    const features = numbers(60 * 9).map(x => Math.round(x) * 20_000 + x);
    const values = numbers(60, 3);
    expectClose(
      withLattice({ features, dimensions: 9 }, lattice => lattice.filter(values, 1)),
      filterByScalarReference(features, 9, values, 1),
    );
  });

  it('does not depend on the order in which points are entered, but for rounding', () => {
    const features = numbers(400 * 5).map(x => 5 * x);
    const values = numbers(400 * 4, 2);
    const order = Uint32Array.from({ length: 400 }, (_, i) => (i * 171) % 400);
    const plain = withLattice({ features, dimensions: 5 }, lattice => lattice.filter(values, 4));
    expectClose(
      withLattice({ features, dimensions: 5, order }, lattice => lattice.filter(values, 4)),
      plain,
    );
  });

  it('has phantom points only where asked for and where the count is no multiple of 4', () => {
    const features = numbers(399 * 5).map(x => 3 + 4 * x);
    const points = (phantomPoints: boolean, count: number) =>
      withLattice({ features: features.subarray(0, count * 5), dimensions: 5, phantomPoints }, lattice => lattice.points);
    expect(points(true, 399)).toBe(points(false, 399) + 6);
    expect(points(true, 396)).toBe(points(false, 396));
  });

  it('has its transpose in the reversed blur', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 1e6 }),
        (dimensions, count, seed) => {
          const features = numbers(count * dimensions, seed).map(x => 4 * x);
          const [x, y] = [numbers(count, seed + 1), numbers(count, seed + 2)];
          withLattice({ features, dimensions }, lattice => {
            const forward = dot(x, lattice.filter(y, 1));
            const backward = dot(y, lattice.filter(x, 1, { transposed: true }));
            expect(Math.abs(forward - backward)).toBeLessThanOrEqual(1e-5 * Math.abs(forward));
          });
        },
      ),
      { numRuns: 50, seed: 1 },
    );
  });

  it('is symmetric where the lattice has no gaps around the points', () => {
    // A filled square of points around those that hold values.
    const side = 48;
    const features = Float32Array.from({ length: side * side * 2 }, (_, i) => (i % 2 ? Math.floor(i / 2 / side) : (i / 2) % side) / 3);
    const inside = (n: number) => Math.min(n % side, Math.floor(n / side), side - 1 - (n % side), side - 1 - Math.floor(n / side)) > 16;
    const [x, y] = [numbers(side * side, 1), numbers(side * side, 2)].map(v => v.map((value, n) => (inside(n) ? value : 0)));
    withLattice({ features, dimensions: 2 }, lattice => {
      const forward = dot(x!, lattice.filter(y!, 1));
      expect(Math.abs(forward - dot(y!, lattice.filter(x!, 1)))).toBeLessThanOrEqual(1e-5 * forward);
    });
  });

  it('is linear', () => {
    const features = numbers(200 * 5).map(x => 3 * x);
    const [x, y] = [numbers(200, 1), numbers(200, 2)];
    withLattice({ features, dimensions: 5 }, lattice => {
      const [fx, fy] = [lattice.filter(x, 1), lattice.filter(y, 1)];
      expectClose(
        lattice.filter(
          x.map((value, i) => 2 * value - 3 * y[i]!),
          1,
        ),
        fx.map((value, i) => 2 * value - 3 * fy[i]!),
      );
    });
  });

  it('refuses bad input', () => {
    const build = (features: Float32Array, dimensions: number) => () => new PermutohedralLattice(engine, { features, dimensions });
    expect(build(new Float32Array(0), 2)).toThrow('features has 0 numbers');
    expect(build(new Float32Array(5), 2)).toThrow('features has 5 numbers, expected [count, 2]');
    expect(build(new Float32Array(5), 0)).toThrow('dimensions is 0');
    expect(build(Float32Array.of(0, 1, Number.NaN), 1)).toThrow('Feature 0 of point 2 is NaN');
    expect(build(Float32Array.of(0, 1e9), 1)).toThrow('use a larger σ');
    withLattice({ features: new Float32Array(4), dimensions: 1 }, lattice => {
      expect(() => lattice.filter(new Float32Array(3), 1)).toThrow('values has 3 numbers, expected [4, 1] = 4');
      expect(() => lattice.filter(new Float32Array(3), 0)).toThrow('channels is 0');
    });
  });
});

describe('LatticeEngine', () => {
  it('refuses numbers of threads that are none', async () => {
    await expect(LatticeEngine.start({ threads: 0 })).rejects.toThrow('threads is 0');
    await expect(LatticeEngine.start({ threads: 2, variant: 'scalar' })).rejects.toThrow('the scalar build runs one thread');
  });

  it('does not run after its end', async () => {
    const ended = await LatticeEngine.start({ threads: 2 });
    const lattice = new PermutohedralLattice(ended, { features: new Float32Array(1), dimensions: 1 });
    ended.dispose();
    expect(() => lattice.filter(new Float32Array(1), 1)).toThrow('disposed');
  });
});
