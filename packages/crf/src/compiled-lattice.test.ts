import './test/build.js';
import { expect, it, vi } from 'vitest';
import { bilateralFilter } from './bilateral-filter.js';
import { LatticeEngine } from './lattice-engine.js';

it('falls back to the scalar build where the engine does not know SIMD, and to nothing else', async () => {
  const compile = vi.spyOn(WebAssembly, 'compile');
  compile.mockRejectedValueOnce(new Error('out of memory'));
  await expect(LatticeEngine.start()).rejects.toThrow('out of memory');
  compile.mockRejectedValueOnce(new WebAssembly.CompileError());
  const scalar = await LatticeEngine.start();
  expect(scalar.variant).toBe('scalar');
  compile.mockRestore();

  const simd = await LatticeEngine.start();
  expect(simd.variant).toBe('simd');
  const request = {
    images: Uint8Array.from({ length: 180 }, (_, i) => (i * 31) % 256),
    values: Float32Array.from({ length: 300 }, (_, i) => Math.sin(i)),
    height: 6,
    width: 10,
    channels: 5,
    sigmaXy: 5,
    sigmaRgb: 40,
  };
  const expected = bilateralFilter(simd, request);
  for (const [i, x] of bilateralFilter(scalar, request).entries()) expect(x).toBeCloseTo(expected[i]!, 4);
});
