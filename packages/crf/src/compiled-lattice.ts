import { compileText } from '@wsss/wasm-runtime';

/** `simd`: one thread; `threads`: SIMD on shared memory; `scalar`: for engines without SIMD. */
export type LatticeVariant = 'simd' | 'threads' | 'scalar';

const builds: Record<LatticeVariant, () => Promise<{ wasm: string }>> = {
  simd: () => import('../build/lattice-simd.js'),
  threads: () => import('../build/lattice-threads.js'),
  scalar: () => import('../build/lattice-scalar.js'),
};

/** A compiled build; workers can be sent one. */
export interface CompiledLattice {
  module: WebAssembly.Module;
  variant: LatticeVariant;
}

const compiled = new Map<LatticeVariant, Promise<WebAssembly.Module>>();

/** The compiled lattice, once in a process; without a wish SIMD, or scalar where the engine has no SIMD. */
export async function compileLattice(wanted?: LatticeVariant): Promise<CompiledLattice> {
  try {
    const variant = wanted ?? 'simd';
    return { module: await compileOnce(variant), variant };
  } catch (error) {
    if (wanted || !(error instanceof WebAssembly.CompileError)) throw error;
    return { module: await compileOnce('scalar'), variant: 'scalar' };
  }
}

function compileOnce(variant: LatticeVariant): Promise<WebAssembly.Module> {
  let module = compiled.get(variant);
  if (!module) {
    module = builds[variant]().then(({ wasm }) => compileText(wasm, `The ${variant} build of @wsss/crf`));
    module.catch(() => compiled.delete(variant));
    compiled.set(variant, module);
  }
  return module;
}
