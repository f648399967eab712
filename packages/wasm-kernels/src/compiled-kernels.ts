import { compileFile } from '@wsss/wasm-runtime';

// The build folder lies beside both src/ and dist/. Literal paths, so that bundlers find the files.
const files = {
  single: {
    plain: () => new URL('../build/kernels.wasm', import.meta.url),
    fused: () => new URL('../build/kernels-fused.wasm', import.meta.url),
  },
  shared: {
    plain: () => new URL('../build/kernels-threads.wasm', import.meta.url),
    fused: () => new URL('../build/kernels-threads-fused.wasm', import.meta.url),
  },
};

/**
 * Compiles the kernels for shared memory, or for that of one thread, with the best instructions that this program may use.
 *
 * @returns `fused`: whether sums of products are rounded once (relaxed SIMD), a third faster than twice.
 */
export async function compileKernels(memory: keyof typeof files): Promise<{ module: WebAssembly.Module; fused: boolean }> {
  const fused = hasRelaxedSimd();
  const url = files[memory][fused ? 'fused' : 'plain']();
  return { module: await compileFile(url, '@wsss/wasm-kernels'), fused };
}

/**
 * Whether relaxed SIMD can be used, which has a fused multiply-add. Node 20 knows it behind the option `--experimental-wasm-relaxed-simd`;
 * later versions and current browsers have it.
 */
export function hasRelaxedSimd(): boolean {
  // (func (param v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 0)))
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  const sections = [1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11];
  return WebAssembly.validate(Uint8Array.from([...header, ...sections]));
}
