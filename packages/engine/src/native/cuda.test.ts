import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { startEngine } from '../start.js';
import { libraryForTests } from '../test/native-library.js';
import { firstGpu } from './gpu.js';

// As if the machine had a driver; whether it has a GPU decides what is tested.
vi.mock(import('./gpu.js'), async original => ({ ...(await original()), hasNvidiaDriver: () => true }));

const { library, reason } = libraryForTests();
const gpu = firstGpu();

describe.skipIf(!library || gpu)(`cuda without a GPU${reason}`, () => {
  it('says that the library sees none, and native starts on the library that was loaded', async () => {
    await expect(startEngine({ engine: 'cuda', tensorflow: library })).rejects.toThrow(/sees no GPU.*npx wsss-engine install cuda/s);
    expect((await startEngine({ engine: 'native', tensorflow: library })).name).toBe('native');
    expect(tf.add(1, 2).arraySync()).toBe(3);
    await expect(startEngine({ engine: 'cuda' })).rejects.toThrow('needs a process of its own');
  });
});

describe.skipIf(!gpu)('cuda (needs a GPU)', () => {
  it('computes on it', async () => {
    const engine = await startEngine({ engine: 'cuda' });
    expect(engine).toMatchObject({ name: 'cuda', canTrace: true, memoryBytes: gpu!.memoryBytes });
    expect(tf.matMul(tf.ones([4, 4]), tf.ones([4, 4])).dataSync()[0]).toBe(4);
    expect(tf.gather(tf.tensor1d([1, 2, 3]), tf.tensor1d([2, 0], 'int32')).arraySync()).toEqual([3, 1]);
  });
});
