import './build-for-tests.js';
import { startEngine } from '@wsss/engine';
import { expect, it } from 'vitest';
import { benchmarkProducts } from './benchmark.js';

it('measures eight products beside the stock kernel', { timeout: 120_000 }, async () => {
  await startEngine({ engine: 'wasm' });
  const found = benchmarkProducts({ runs: 1 });
  expect(found.map(({ name }) => name)).toContain('6×785×64×785 A·Bᵀ');
  expect(found).toHaveLength(8);
  for (const { gflops, stockGflops } of found) expect(Math.min(gflops, stockGflops)).toBeGreaterThan(0);
});
