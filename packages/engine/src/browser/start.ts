import '../../build/gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError, type EngineFacts } from '../engine.js';
import { mendAddN } from '../webgpu-add-n.js';
import { type BrowserEngine, type BrowserEngineName, type BrowserEngineOptions, browserEngineNames } from './engine.js';
import { requireEngine } from './inspect.js';

const starters: Record<BrowserEngineName, (threads: number) => Promise<EngineFacts>> = {
  webgpu: startWebgpu,
  'wasm-threads': async threads => {
    const [{ serveWasm }, { loadThreaded }] = await Promise.all([import('../wasm/serve.js'), import('./load-threaded.js')]);
    return serveWasm(await loadThreaded(), threads);
  },
  wasm: async () => {
    const [{ serveWasm }, { loadSingle }] = await Promise.all([import('../wasm/serve.js'), import('./load-single.js')]);
    return serveWasm(await loadSingle(), 1);
  },
  cpu: async () => {
    const cpu = tf.findBackend('cpu') as { firstUse?: boolean } | null;
    if (cpu) cpu.firstUse = false; // it would recommend another package
    await tf.setBackend('cpu');
    return { threads: 1, memoryBytes: 2 ** 32, version: `TensorFlow.js ${tf.version_core} (JavaScript)` };
  },
};

const started = new Map<BrowserEngineName, { engine: BrowserEngine; backend: string }>();
let running: BrowserEngine | undefined;
let latest: Promise<unknown> = Promise.resolve();

/**
 * Starts a TensorFlow.js engine in a page or in a worker of it, with all gradients. Everything it needs is part of this module: no files
 * have to be served beside it, and no bundler has to be configured.
 *
 * Called again, it gives the running engine, or switches if another one is named. The two wasm engines are one backend of TensorFlow.js: a
 * page can start one of them.
 *
 * @throws {EngineError} if the named engine cannot start: what is missing, and what helps
 * @example
 * const engine = await startEngine();
 * console.log(engine.name, engine.version); // wasm-threads TensorFlow.js WASM 4.22.0 (relaxed SIMD, 8 threads)
 */
export function startEngine(options: BrowserEngineOptions = {}): Promise<BrowserEngine> {
  const result = latest.then(() => start(options)); // one after the other
  latest = result.catch(() => undefined);
  return result;
}

async function start({ engine = 'auto', threads }: BrowserEngineOptions): Promise<BrowserEngine> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
    throw new EngineError(`threads must be a whole number above 0, found ${threads}`);
  if (engine !== 'auto' && !browserEngineNames.includes(engine))
    throw new EngineError(`Unknown engine '${engine}'. There are: auto, ${browserEngineNames.join(', ')}`);
  if (engine === 'auto' && running) return running;
  return (running = await switchTo(engine === 'auto' ? await automatic(threads) : engine, threads));
}

/** WebGPU is left out: its driver decides what is right and what is fast, so it is chosen by name only. */
async function automatic(threads: number | undefined): Promise<BrowserEngineName> {
  if (threads === 1) return 'wasm';
  const works = (name: BrowserEngineName) => requireEngine(name).then(Boolean, () => false);
  if (await works('wasm-threads')) return 'wasm-threads';
  return (await works('wasm')) ? 'wasm' : 'cpu';
}

async function switchTo(name: BrowserEngineName, wanted: number | undefined): Promise<BrowserEngine> {
  const threads = name === 'wasm-threads' ? (wanted ?? Math.max(2, navigator.hardwareConcurrency ?? 2)) : 1;
  if (threads === 1 && name === 'wasm-threads')
    throw new EngineError('wasm-threads needs 2 threads or more', 'For one, use the engine wasm');
  if (threads === 1 && (wanted ?? 1) > 1) throw new EngineError(`The engine ${name} runs on one thread`, 'For more, use wasm-threads');
  const known = started.get(name);
  if (known) {
    if (wanted !== undefined && threads !== known.engine.threads)
      throw new EngineError(
        `The engine ${name} runs with ${known.engine.threads} threads in this page`,
        'For another number load it again',
      );
    await tf.setBackend(known.backend);
    return known.engine;
  }
  const twin = { wasm: 'wasm-threads', 'wasm-threads': 'wasm' }[name as string] as BrowserEngineName | undefined;
  if (twin && started.has(twin))
    throw new EngineError(`The engine ${twin} runs in this page, and ${name} is the same backend`, 'Load the page again');
  await requireEngine(name);
  const engine = { name, ...(await starters[name](threads)), canTrace: false, memoryInUse: () => tf.memory().numBytes };
  started.set(name, { engine, backend: tf.getBackend() });
  return engine;
}

/** The backend is large, so the page brings it along where it wants it; values of tensors have to be read with `await tensor.data()`. */
async function startWebgpu(): Promise<EngineFacts> {
  if (!tf.findBackendFactory('webgpu'))
    throw new EngineError(
      'The WebGPU backend of TensorFlow.js is not loaded',
      "Type: npm install @tensorflow/tfjs-backend-webgpu, and write: import '@tensorflow/tfjs-backend-webgpu'",
    );
  mendAddN();
  if (!(await tf.setBackend('webgpu'))) throw new EngineError('The GPU refused the webgpu engine a device');
  const adapter = (await navigator.gpu.requestAdapter()) as { info?: Record<'description' | 'vendor' | 'architecture', string> } | null;
  const { description, vendor, architecture } = adapter?.info ?? {};
  const gpu = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed GPU';
  return { threads: 1, memoryBytes: 2 ** 32, version: `TensorFlow.js WebGPU ${tf.version_core} (${gpu})` };
}
