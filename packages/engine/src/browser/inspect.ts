import { EngineError } from '../engine.js';
import { type BrowserEngineName, browserEngineNames } from './engine.js';

/** Whether an engine can be started in this page. */
export interface BrowserEngineReport {
  name: BrowserEngineName;
  works: boolean;
  /** Why it does not work. */
  why?: string;
  /** What helps. */
  fix?: string;
}

/** What each engine needs of the browser. @throws {EngineError} unless it is there */
const requirements: Record<BrowserEngineName, () => void | Promise<void>> = {
  webgpu: async () => {
    if (!globalThis.navigator?.gpu) throw new EngineError('This browser has no WebGPU, or this page may not use it', secure());
    if (!(await navigator.gpu.requestAdapter())) throw new EngineError('WebGPU finds no GPU that it can use', 'Use a wasm engine');
  },
  'wasm-threads': () => {
    requireSimd();
    if (typeof SharedArrayBuffer === 'undefined' || globalThis.crossOriginIsolated === false)
      throw new EngineError(
        'Threads need a cross-origin isolated page',
        'Serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or use the engine wasm',
      );
  },
  wasm: requireSimd,
  cpu: () => {},
};

const secure = () =>
  globalThis.isSecureContext === false ? 'Serve the page over https, or from localhost' : 'Use a wasm engine, or another browser';

function requireSimd(): void {
  // (func (result v128) (i8x16.splat (i32.const 0)))
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];
  if (!WebAssembly.validate(Uint8Array.from(module))) throw new EngineError('This browser has no WebAssembly SIMD', 'Use a newer browser');
}

/** @throws {EngineError} unless this page can start the engine */
export async function requireEngine(name: BrowserEngineName): Promise<true> {
  await requirements[name]();
  return true;
}

/** Which engines this page can start, why it cannot start the others, and what helps. Nothing is started. */
export function inspectEngines(): Promise<BrowserEngineReport[]> {
  return Promise.all(
    browserEngineNames.map(async name => {
      try {
        await requireEngine(name);
        return { name, works: true };
      } catch (error) {
        const { message, why = message, fix } = error as EngineError;
        return { name, works: false, why, fix };
      }
    }),
  );
}
