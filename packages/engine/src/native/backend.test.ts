import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { startEngine } from '../start.js';
import { libraryForTests } from '../test/native-library.js';
import { tfjsNodeRuns } from './backend.js';
import { backendName } from './running.js';

const { library, reason } = libraryForTests();

describe.skipIf(!library)(`native in a program that has imported tfjs-node${reason}`, () => {
  it('takes the place of its backend and kernels, in silence', async () => {
    createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu/dist/register_all_kernels');
    tf.registerBackend(backendName, () => tf.findBackend('cpu') as tf.KernelBackend);
    expect(tfjsNodeRuns()).toBe(true);
    const said = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    await startEngine({ engine: 'native', tensorflow: library, threads: 1 });
    expect(tfjsNodeRuns()).toBe(false);
    expect(
      tf
        .grad(x => tf.sum(tf.gather(x, tf.tensor1d([1, 1], 'int32'))))(tf.tensor1d([1, 2]))
        .arraySync(),
    ).toEqual([0, 2]);
    for (const spy of said) expect(spy).not.toHaveBeenCalled();
  });
});
