import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Compatibility } from './compatibility.js';
import type { LatticeEngine } from './lattice-engine.js';
import type { Normalization } from './pairwise-term.js';
import { engine, engines, largestDifference, someImage, someProbabilities, withCrf } from './test/crf.js';

describe('mean-field inference', () => {
  const shape = { width: 24, height: 17, labels: 5 };
  const probabilities = someProbabilities(24 * 17, 5);
  const image = someImage(24, 17);

  it('goes on from step to step', () => {
    withCrf(shape, crf => {
      crf.setProbabilities(probabilities);
      crf.addGaussian({ sigmaXy: 2 });
      crf.addBilateral(image, { sigmaXy: 20, sigmaRgb: 10, compatibility: 3 });
      const atOnce = crf.infer(5);
      crf.start();
      crf.step();
      crf.step(4);
      crf.step(0);
      expect(crf.result()).toEqual(atOnce);
    });
  });

  it('lowers the free energy with every iteration', () => {
    withCrf(shape, crf => {
      crf.setProbabilities(probabilities);
      crf.addGaussian({ sigmaXy: 1 });
      crf.addBilateral(image, { sigmaXy: 40, sigmaRgb: 13, compatibility: 4 });
      crf.start();
      const energies = Array.from({ length: 11 }, () => {
        const { unary, pairwise, negativeEntropy, total } = crf.energy();
        expect(total).toBeCloseTo(unary + pairwise + negativeEntropy, 8);
        crf.step();
        return total;
      });
      for (let i = 1; i < energies.length; i++) expect(energies[i]).toBeLessThanOrEqual(energies[i - 1]! + 1e-3);
    });
  });

  it('gives the same energy on several threads', () => {
    const energy = (on: LatticeEngine) =>
      withCrf(
        shape,
        crf => {
          crf.setProbabilities(probabilities);
          crf.addBilateral(image, { sigmaXy: 40, sigmaRgb: 13, compatibility: 4 });
          crf.infer(3);
          return crf.energy().total;
        },
        on,
      );
    expect(energy(engines['two threads']) / energy(engine)).toBeCloseTo(1, 6);
  });

  it('treats a weight, equal weights per label and its matrix alike', () => {
    const infer = (compatibility: Compatibility) =>
      withCrf(shape, crf => {
        crf.setProbabilities(probabilities);
        crf.addGaussian({ sigmaXy: 2, compatibility: 2 });
        crf.addBilateral(image, { sigmaXy: 20, sigmaRgb: 10, compatibility });
        return crf.infer(5);
      });
    const scalar = infer(3);
    expect(largestDifference(infer([3, 3, 3, 3, 3]), scalar)).toBeLessThan(1e-5);
    const matrix = Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? -3 : 0));
    expect(largestDifference(infer({ matrix }), scalar)).toBeLessThan(1e-5);
    // Potts: the same for labels that add up to 1 on both sides of a normalized filter, up to what is constant at a pixel.
    const potts = Array.from({ length: 25 }, (_, i) => (i % 6 === 0 ? 0 : 3));
    expect(largestDifference(infer({ matrix: potts }), scalar)).toBeLessThan(1e-4);
  });

  it('leaves constant probabilities alone under normalized filtering', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 2, max: 30 }),
        (width, height, labels) => {
          withCrf({ width, height, labels }, crf => {
            crf.setEnergies(new Float32Array(width * height * labels));
            crf.addBilateral(someImage(width, height), { sigmaXy: 3, sigmaRgb: 10, compatibility: 5, normalization: 'after' });
            expect(largestDifference(crf.infer(3), new Float32Array(width * height * labels).fill(1 / labels))).toBeLessThan(1e-6);
          });
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  });

  it('does not depend on the order of the labels', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }), fc.integer({ min: 1, max: 1e6 }), (order, seed) => {
        const plain = someProbabilities(63, 7, seed);
        const infer = (p: Float32Array) =>
          withCrf({ width: 9, height: 7, labels: 7 }, crf => {
            crf.setProbabilities(p);
            crf.addBilateral(someImage(9, 7, seed), { sigmaXy: 5, sigmaRgb: 10, compatibility: 2 });
            return crf.infer(3);
          });
        const shuffle = (p: Float32Array) => p.map((_, i) => p[i - (i % 7) + order[i % 7]!]!);
        expect(largestDifference(infer(shuffle(plain)), shuffle(infer(plain)))).toBeLessThan(1e-5);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it.each(['symmetric', 'before', 'after', 'none'] as Normalization[])('yields probabilities with normalization %s', normalization => {
    withCrf(shape, crf => {
      crf.setProbabilities(probabilities);
      crf.addGaussian({ sigmaXy: 1, compatibility: 0.1, normalization });
      const q = crf.infer(4);
      for (let n = 0; n < 24 * 17; n++) {
        expect(q.subarray(5 * n, 5 * n + 5).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      }
    });
  });

  it('has normalizations that differ by the sums D of the kernel’s rows', () => {
    // A kernel that links a pixel only to itself would not tell them apart; a border does.
    const message = (normalization: Normalization) =>
      withCrf({ width: 6, height: 1, labels: 2 }, crf => {
        crf.setEnergies(new Float32Array(12));
        crf.addGaussian({ sigmaXy: 2, compatibility: [1, 0], normalization });
        // Q = ½ everywhere: ln Q(0) / Q(1) after a step is half of what the normalized kernel makes of ones.
        const q = crf.infer(1);
        return Array.from({ length: 6 }, (_, n) => 2 * Math.log(q[2 * n]! / q[2 * n + 1]!));
      });
    const sums = message('none');
    expect(largestDifference(message('after'), new Array(6).fill(1))).toBeLessThan(1e-5);
    const product = message('symmetric').map((x, n) => x * Math.sqrt(sums[n]!));
    // D^-½ K D^-½ 1 · D^½ = K D^-½ 1: between K·1 / √max D and K·1 / √min D.
    product.forEach((x, n) => {
      expect(x).toBeGreaterThanOrEqual(sums[n]! / Math.sqrt(Math.max(...sums)) - 1e-5);
      expect(x).toBeLessThanOrEqual(sums[n]! / Math.sqrt(Math.min(...sums)) + 1e-5);
    });
    expect(largestDifference(message('before'), message('after'))).toBeGreaterThan(1e-3);
  });

  it('has all its memory back after 100 images', () => {
    const run = () =>
      withCrf(shape, crf => {
        crf.setProbabilities(probabilities);
        crf.addGaussian({ sigmaXy: 2 });
        crf.addBilateral(image, { sigmaXy: 20, sigmaRgb: 10, compatibility: [1, 2, 3, 4, 5] });
        crf.infer(2);
      });
    run();
    const [inUse, held] = [engine.heap.bytesInUse, engine.heap.memory.buffer.byteLength];
    for (let i = 0; i < 100; i++) run();
    expect(engine.heap.bytesInUse).toBe(inUse);
    expect(engine.heap.memory.buffer.byteLength).toBe(held);
  });
});
