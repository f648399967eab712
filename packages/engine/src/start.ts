import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { startCpu } from './cpu.js';
import { type Engine, EngineError, type EngineName, type EngineOptions, engineNames } from './engine.js';
import { startNative } from './native/start.js';
import { startWasm } from './wasm/start.js';

const starters: Record<EngineName, (options: EngineOptions) => Promise<Engine>> = {
  cuda: async () => {
    throw new EngineError('The cuda engine is not there yet');
  },
  native: startNative,
  webgpu: async () => {
    throw new EngineError('The webgpu engine is not there yet');
  },
  wasm: startWasm,
  cpu: startCpu,
};
const automatic: EngineName[] = ['cuda', 'native', 'wasm', 'cpu'];
const started = new Map<EngineName, Engine>();
let running: Engine | undefined;

/**
 * Starts an engine and makes it the one on which tensors live. Started again with the same name it returns the running engine;
 * with another one it switches to that.
 */
export async function startEngine(options: { engine?: 'auto' | EngineName } & EngineOptions = {}): Promise<Engine> {
  const { engine = 'auto', ...rest } = options;
  const name = engine === 'auto' ? ((process.env.WSSS_ENGINE || 'auto') as 'auto' | EngineName) : engine;
  if (name !== 'auto') return (running = await start(name, rest));
  if (running) return running;
  const reasons: string[] = [];
  for (const candidate of automatic) {
    try {
      return (running = await start(candidate, rest));
    } catch (error) {
      reasons.push(`${candidate}: ${(error as Error).message}`);
    }
  }
  throw new EngineError(`No engine could be started.\n${reasons.join('\n')}`);
}

async function start(name: EngineName, options: EngineOptions): Promise<Engine> {
  if (!engineNames.includes(name)) throw new EngineError(`Unknown engine '${name}'; there are auto, ${engineNames.join(', ')}`);
  silenceBanner();
  const engine = started.get(name) ?? (await starters[name](options));
  started.set(name, engine);
  await tf.setBackend(tf.getBackend());
  return engine;
}

/** The cpu backend greets on its first tensor with advice to install another package. */
function silenceBanner(): void {
  const cpu = tf.findBackend('cpu') as { firstUse?: boolean } | null;
  if (cpu) cpu.firstUse = false;
}
