import { createRequire } from 'node:module';
import { EngineError } from '../engine.js';

/** koffi, which calls C functions: its compiled code, which is a package for each platform. Koffi's own package runs an install script. */
export const koffi = load(`@koromix/koffi-${process.platform}-${process.arch}`);

export type { LibraryHandle } from 'koffi';

function load(name: string): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)(name);
  } catch (error) {
    throw new EngineError(`The package ${name} cannot be loaded: ${(error as Error).message.split('\n')[0]}`, `Type: npm install ${name}`);
  }
}
