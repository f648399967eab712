import { createRequire } from 'node:module';

/** koffi, which calls C functions: its compiled code, which is a package for each platform. Koffi's own package runs an install script. */
export const koffi = load(`@koromix/koffi-${process.platform}-${process.arch}`);

export type { LibraryHandle } from 'koffi';

function load(name: string): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)(name);
  } catch (cause) {
    throw new Error(`The package ${name}, which calls MPI, cannot be loaded. Type: npm install ${name}`, { cause });
  }
}
