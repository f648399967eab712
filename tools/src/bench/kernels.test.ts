import { startEngine } from '@wsss/engine';
import { expect, it } from 'vitest';
import { benchmarkProducts } from './kernels.js';

it('measures eight products beside the stock kernel', async () => {
  await startEngine({ engine: 'wasm' });
  const found = benchmarkProducts({
    runs: 1,
    sizes: [
      [1, 50, 20, 30],
      [3, 20, 10, 20],
    ],
  });
  expect(found.map(({ name }) => name)).toContain('3×20×10×20 A·Bᵀ');
  expect(found).toHaveLength(8);
  for (const { gflops, stockGflops } of found) expect(Math.min(gflops, stockGflops)).toBeGreaterThan(0);
});
