import { findLibrary } from '../native/library.js';

/** The folder of TensorFlow's library for tests of the native engine, or why they are skipped. */
export function libraryForTests(): { library: string | undefined; reason: string } {
  try {
    return { library: findLibrary('native').folder, reason: '' };
  } catch (error) {
    return { library: undefined, reason: ` (skipped: ${(error as Error).message})` };
  }
}
