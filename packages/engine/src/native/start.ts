import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError, type EngineFacts, type EngineOptions } from '../engine.js';
import { machineMemory } from '../machine-memory.js';
import { registerNativeBackend, tfjsNodeRuns } from './backend.js';
import { Binding } from './binding.js';
import { type CApi, openCApi } from './c-api.js';
import { firstGpu, hasNvidiaDriver } from './gpu.js';
import { mendKernels } from './kernels.js';
import { libc, loadForGood, shareOneArena, withCapturedStderr } from './libc.js';
import { findLibrary, type Library, type LibraryKind } from './library.js';
import { backendName } from './running.js';

/** TensorFlow's library can be loaded once in a process, and is never unloaded. */
let loaded: { c: CApi; folder: string } | undefined;

/** Starts TensorFlow's library on the processor. */
export async function startNative({ threads = availableParallelism(), tensorflow }: EngineOptions = {}): Promise<EngineFacts> {
  const { binding } = start('native', threads, tensorflow);
  await serve(binding);
  return { threads, memoryBytes: machineMemory(), version: `TensorFlow ${binding.TF_Version}` };
}

export async function startCuda({ threads = availableParallelism(), tensorflow }: EngineOptions = {}): Promise<EngineFacts> {
  if (!hasNvidiaDriver())
    throw new EngineError('The cuda engine needs an NVIDIA GPU with its driver, and this machine has none', 'Use the native engine');
  const { binding, folder, log } = start('cuda', threads, tensorflow);
  if (binding.gpu === undefined) {
    binding.close();
    throw new EngineError(
      `TensorFlow ${binding.TF_Version} in ${folder} sees no GPU${log ? `. It says:\n${log.trim()}\n` : ''}`,
      'If it is the build for processors, type: npx wsss-engine install cuda. Else it could not load CUDA, or the driver is too old for it',
    );
  }
  const gpu = firstGpu();
  await serve(binding);
  return {
    threads,
    memoryBytes: gpu?.memoryBytes ?? machineMemory(),
    version: `TensorFlow ${binding.TF_Version} (${gpu?.name ?? binding.gpu})`,
  };
}

async function serve(binding: Binding): Promise<void> {
  registerNativeBackend(binding);
  mendKernels(backendName);
  await tf.setBackend(backendName);
}

/** Loads the library, unless another start has done so, and starts it. `log` is what it wrote to the screen meanwhile. */
function start(kind: LibraryKind, threads: number, tensorflow?: string): { binding: Binding; folder: string; log: string } {
  const library = loaded ? undefined : findLibrary(kind, tensorflow, tfjsNodeRuns());
  const { value, log } = quietly(() => {
    loaded ??= load(library!);
    return new Binding(loaded.c, { threads, gpu: kind === 'cuda' });
  });
  return { binding: value, folder: loaded!.folder, log };
}

function load({ folder, files, nvidia }: Library): { c: CApi; folder: string } {
  try {
    shareOneArena();
    preload(nvidia);
    for (const file of files) loadForGood(file);
    return { c: openCApi(files.at(-1)!), folder };
  } catch (error) {
    throw new EngineError(
      `TensorFlow's library in ${folder} cannot be loaded: ${(error as Error).message}`,
      'Type: npx wsss-engine install native',
    );
  }
}

/** Loads libraries that need each other in an order that is not known. What cannot be loaded TensorFlow will report, if it needs it. */
function preload(files: string[]): void {
  for (let left = files, before = -1; left.length > 0 && left.length !== before; ) {
    before = left.length;
    left = left.filter(file => {
      try {
        loadForGood(file);
        return false;
      } catch {
        return true;
      }
    });
  }
}

/** TensorFlow reports its start at length on the screen: leave that out, unless its own variable for the purpose asks for it. */
function quietly<T>(run: () => T): { value: T; log: string } {
  if (process.env.TF_CPP_MIN_LOG_LEVEL !== undefined) return { value: run(), log: '' };
  libc.setenv('TF_CPP_MIN_LOG_LEVEL', '1', 0);
  return withCapturedStderr(run);
}
