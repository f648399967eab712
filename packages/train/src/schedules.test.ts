import { readCase } from '@wsss/fixtures';
import { describe, expect, it } from 'vitest';
import { cosineWarmup, polynomial, polyWarmup } from './schedules.js';

describe('schedules', () => {
  it('warm up linearly and decay', () => {
    const factor = polyWarmup({ iterations: 8, warmupIterations: 4, warmupRatio: 0.5, power: 1 });
    expect([0, 1, 2, 3, 4, 6, 7].map(factor)).toEqual([0.5, 0.625, 0.75, 0.875, 0.5, 0.25, 0.125]);
  });

  it('keep their last value past the end', () => {
    const poly = polyWarmup({ iterations: 10, warmupIterations: 2 });
    expect(poly(1_000)).toBe(poly(9));
    const cosine = cosineWarmup({ iterations: 10, warmupIterations: 2 });
    expect(cosine(10, 0.1)).toBe(cosine(9, 0.1));
    const polynomialFactor = polynomial({ iterations: 10 });
    expect(polynomialFactor(11)).toBe(polynomialFactor(9));
  });

  it('work without a warm-up', () => {
    expect(polyWarmup({ iterations: 4, warmupIterations: 0 })(0)).toBe(1);
    expect(cosineWarmup({ iterations: 4, warmupIterations: 0 })(2, 0.1)).toBeCloseTo(0.05, 12);
    expect(polynomial({ iterations: 4, power: 2 })(2)).toBe(0.25);
  });

  it('agree with the recorded rates to 12 digits', () => {
    const { settings, values } = readCase('optimizers');
    const run = {
      iterations: settings.max_iter,
      warmupIterations: settings.warmup_iter,
      warmupRatio: settings.warmup_ratio,
      power: settings.power,
    };
    const poly = polyWarmup(run);
    const cosine = cosineWarmup(run);
    const twoDecays = polynomial(run);
    const expectRates = (recorded: number[][], rate: (step: number, learningRate: number) => number) =>
      recorded.forEach((rates, step) => {
        rates.forEach((expected, group) => {
          expect(Math.abs(rate(step, settings.group_lrs[group]) / expected - 1)).toBeLessThan(1e-12);
        });
      });
    expectRates(values['poly_adamw.lr'], (step, rate) => rate * poly(step));
    expectRates(values['cos_adamw.lr'], cosine);
    expectRates(values['poly_sgd.lr'], (step, rate) => rate * twoDecays(step));
  });

  it('refuse settings that make no sense', () => {
    expect(() => polyWarmup({ iterations: 0, warmupIterations: 0 })).toThrow('polyWarmup: iterations is 0');
    expect(() => cosineWarmup({ iterations: 5, warmupIterations: 5 })).toThrow('expected 0 ≤ warmupIterations < iterations');
    expect(() => polynomial({ iterations: 5, warmupIterations: -1 })).toThrow('warmupIterations -1');
  });
});
