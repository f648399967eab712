import { compileText } from '@wsss/wasm-runtime';

const builds = {
  single: {
    plain: () => import('../build/kernels.js'),
    fused: () => import('../build/kernels-fused.js'),
  },
  shared: {
    plain: () => import('../build/kernels-threads.js'),
    fused: () => import('../build/kernels-threads-fused.js'),
  },
};

/**
 * Compiles the kernels for shared memory, or for that of one thread, with the best instructions that this program may use.
 *
 * @returns `fused`: whether sums of products are rounded once (relaxed SIMD), which is nearly twice as fast.
 */
export async function compileKernels(memory: keyof typeof builds): Promise<{ module: WebAssembly.Module; fused: boolean }> {
  const fused = hasRelaxedSimd();
  const { wasm } = await builds[memory][fused ? 'fused' : 'plain']();
  return { module: await compileText(wasm, 'The build of @wsss/wasm-kernels'), fused };
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
