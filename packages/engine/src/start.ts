import '../build/gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { type Engine, EngineError, type EngineFacts, type EngineName, type EngineOptions, engineNames } from './engine.js';
import { machineMemory } from './machine-memory.js';
import { startWasm } from './wasm/start.js';
import { startWebgpu } from './webgpu.js';

const starters: Record<EngineName, (options: EngineOptions) => Promise<EngineFacts>> = {
  // Only these two need koffi, which is compiled code: elsewhere it may even be missing.
  cuda: async options => (await import('./native/start.js')).startCuda(options),
  native: async options => (await import('./native/start.js')).startNative(options),
  webgpu: startWebgpu,
  wasm: startWasm,
  cpu: startCpu,
};

/** WebGPU is left out: its driver decides what is right and what is fast, so it is chosen by name only. */
const automatic: EngineName[] = ['cuda', 'native', 'wasm', 'cpu'];

/** The engines of this process, the name that TensorFlow.js knows each by, and the threads it was asked for. */
const started = new Map<EngineName, { engine: Engine; backend: string; threads: number | undefined }>();
let running: Engine | undefined;
let latest: Promise<unknown> = Promise.resolve();

/**
 * Starts a TensorFlow.js engine. From then on tensors live there and operations run there.
 *
 * Called again, it gives the running engine, or switches if another one is named.
 *
 * @param options.engine an engine, or `auto` (the default): the one named by the environment variable `WSSS_ENGINE`, else the running one,
 * else the first that works of cuda, native, wasm and cpu
 * @throws {EngineError} if the named engine cannot start: what is missing, and what to type
 * @example
 * const engine = await startEngine();
 * console.log(engine.version); // TensorFlow 2.21.0
 */
export function startEngine(options: { engine?: 'auto' | EngineName } & EngineOptions = {}): Promise<Engine> {
  const result = latest.then(() => start(options)); // one after the other
  latest = result.catch(() => undefined);
  return result;
}

async function start({ engine = 'auto', ...options }: { engine?: 'auto' | EngineName } & EngineOptions): Promise<Engine> {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
    throw new EngineError(`threads must be a whole number above 0, found ${threads}`);
  const name = engine === 'auto' ? process.env.WSSS_ENGINE || 'auto' : engine;
  if (name !== 'auto') {
    if (!isEngine(name))
      throw new EngineError(
        `Unknown engine '${name}'${engine === 'auto' ? ' in WSSS_ENGINE' : ''}. There are: auto, ${engineNames.join(', ')}`,
      );
    return (running = await switchTo(name, options));
  }
  if (running) return running;
  const reasons: string[] = [];
  for (const candidate of automatic) {
    try {
      return (running = await switchTo(candidate, options));
    } catch (error) {
      // A folder was named: something slower instead would be no help.
      if (candidate === 'native' && (options.tensorflow ?? process.env.WSSS_TENSORFLOW)) throw error;
      reasons.push(`${candidate}: ${(error as Error).message}`);
    }
  }
  throw new EngineError(`No engine can be started.\n${reasons.join('\n')}`);
}

const isEngine = (name: string): name is EngineName => engineNames.includes(name as EngineName);

async function switchTo(name: EngineName, options: EngineOptions): Promise<Engine> {
  const known = started.get(name);
  if (known) {
    const { engine, threads = engine.threads } = known;
    if (options.threads !== undefined && options.threads !== threads)
      throw new EngineError(
        `The ${name} engine runs with ${threads} threads in this process; ${options.threads} need a process of their own`,
      );
    await tf.setBackend(known.backend);
    return engine;
  }
  const twin = { cuda: 'native', native: 'cuda' }[name as string] as EngineName | undefined;
  if (twin && started.has(twin))
    throw new EngineError(`The ${twin} engine runs in this process, and ${name} is the same library`, 'It needs a process of its own');
  silenceGreeting();
  const facts = await starters[name](options);
  const engine = { name, ...facts, canTrace: name === 'cuda' || name === 'native', memoryInUse: () => tf.memory().numBytes };
  started.set(name, { engine, backend: tf.getBackend(), threads: options.threads });
  return engine;
}

/** TensorFlow.js' plain JavaScript: slow, but there is nothing it needs. */
async function startCpu(): Promise<EngineFacts> {
  await tf.setBackend('cpu');
  return { threads: 1, memoryBytes: machineMemory(), version: `TensorFlow.js ${tf.version_core} (JavaScript)` };
}

/** On its first tensor the cpu backend recommends another package. */
function silenceGreeting(): void {
  const cpu = tf.findBackend('cpu') as { firstUse?: boolean } | null;
  if (cpu) cpu.firstUse = false;
}
