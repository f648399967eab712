import { platform, type WasmModule } from './platform.js';

/** `simd`: one thread; `threads`: SIMD on shared memory; `scalar`: for engines without SIMD. */
export type LatticeVariant = 'simd' | 'threads' | 'scalar';

// The build folder lies beside both src/ and dist/. Literal paths, so that bundlers find the files.
const files: Record<LatticeVariant, () => URL> = {
  simd: () => new URL('../build/lattice-simd.wasm', import.meta.url),
  threads: () => new URL('../build/lattice-threads.wasm', import.meta.url),
  scalar: () => new URL('../build/lattice-scalar.wasm', import.meta.url),
};

/** A compiled build; workers can be sent one. */
export interface CompiledLattice {
  module: WasmModule;
  variant: LatticeVariant;
}

const compiled = new Map<LatticeVariant, Promise<WasmModule>>();

/** The compiled lattice, once in a process; without a wish SIMD, or scalar where the engine has no SIMD. */
export async function compileLattice(wanted?: LatticeVariant): Promise<CompiledLattice> {
  try {
    const variant = wanted ?? 'simd';
    return { module: await compileOnce(variant), variant };
  } catch (error) {
    if (wanted || !(error instanceof platform.WebAssembly.CompileError)) throw error;
    return { module: await compileOnce('scalar'), variant: 'scalar' };
  }
}

function compileOnce(variant: LatticeVariant): Promise<WasmModule> {
  let module = compiled.get(variant);
  if (!module) {
    module = readBytes(files[variant]()).then(bytes => platform.WebAssembly.compile(bytes));
    module.catch(() => compiled.delete(variant));
    compiled.set(variant, module);
  }
  return module;
}

async function readBytes(url: URL): Promise<Uint8Array> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    try {
      return new Uint8Array(await readFile(url));
    } catch (cause) {
      throw new Error(`${url.pathname} cannot be read: run the build script of @wsss/crf, or install the package again.`, { cause });
    }
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(
      `${url.href} answered ${response.status} ${response.statusText}: serve the build folder of @wsss/crf beside its dist folder.`,
    );
  return new Uint8Array(await response.arrayBuffer());
}
