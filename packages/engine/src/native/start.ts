import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { type Engine, EngineError, type EngineOptions } from '../engine.js';
import { machineMemory, tensorBytes } from '../memory.js';
import { backendName, registerNativeBackend } from './backend.js';
import { Binding } from './binding.js';
import { type CApi, openCApi } from './c-api.js';
import type { ContextConfig } from './config-proto.js';
import { libc, loadForGood, withCapturedStderr } from './libc.js';
import { findLibrary, type Library } from './library.js';

/** TensorFlow's library can be loaded once in a process. */
let loaded: CApi | undefined;

/** Starts TensorFlow's C library on the processor. */
export async function startNative({ threads = availableParallelism(), tensorflow }: EngineOptions = {}): Promise<Engine> {
  const { binding } = start(() => findLibrary('native', tensorflow), { threads, gpu: false });
  registerNativeBackend(binding);
  await tf.setBackend(backendName);
  return {
    name: 'native',
    threads,
    memoryBytes: machineMemory(),
    version: `TensorFlow ${binding.TF_Version}`,
    canTrace: true,
    memoryInUse: tensorBytes,
  };
}

/** Loads the library, unless that was done before, and starts it. `log` is what it wrote meanwhile, on top of what it answered. */
function start(find: () => Library, config: ContextConfig): { binding: Binding; log: string } {
  const library = loaded ? undefined : find();
  const { value, log } = quietly(() => {
    loaded ??= load(library!);
    return new Binding(loaded, config);
  });
  return { binding: value, log };
}

function load({ folder, files, nvidia }: Library): CApi {
  try {
    for (const file of [...nvidia, ...files]) loadForGood(file);
    return openCApi(files.at(-1)!);
  } catch (error) {
    throw new EngineError(`TensorFlow's library in ${folder} cannot be loaded: ${(error as Error).message}. Type: mcc doctor`);
  }
}

/** TensorFlow reports its start at length on the screen: leave that out, unless its own variable for the purpose asks for it. */
function quietly<T>(run: () => T): { value: T; log: string } {
  if (process.env.TF_CPP_MIN_LOG_LEVEL !== undefined) return { value: run(), log: '' };
  libc.setenv('TF_CPP_MIN_LOG_LEVEL', '1', 0);
  return withCapturedStderr(run);
}
