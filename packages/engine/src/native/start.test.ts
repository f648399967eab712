import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.js';
import { startEngine } from '../start.js';
import { libraryForTests } from '../test/native-library.js';
import { ATTRIBUTE } from './attributes.js';
import { nativeBackend } from './running.js';
import { TF } from './tensors.js';

const { library, reason } = libraryForTests();

describe.skipIf(!library)(`native${reason}`, () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startEngine({ engine: 'native', tensorflow: library, threads: 1 });
  });

  it('tells what runs', () => {
    expect(engine).toMatchObject({ name: 'native', threads: 1, canTrace: true, version: expect.stringMatching(/^TensorFlow \d+\.\d+/) });
  });

  it('computes, with gradients', () => {
    expect(
      tf
        .matMul(
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        )
        .arraySync(),
    ).toEqual([
      [19, 22],
      [43, 50],
    ]);
    expect(
      tf
        .grad(x => tf.square(x))(tf.scalar(3))
        .arraySync(),
    ).toBe(6);
  });

  it('keeps tensors of every type', async () => {
    expect(tf.add(tf.tensor1d([1, 2], 'int32'), 1).arraySync()).toEqual([2, 3]);
    expect(tf.logicalNot(tf.tensor1d([true, false])).arraySync()).toEqual([0, 1]);
    expect(tf.reshape(tf.tensor1d(['Ä', '', 'a longer string than fits in place']), [3, 1]).arraySync()).toEqual([
      ['Ä'],
      [''],
      ['a longer string than fits in place'],
    ]);
    expect(Array.from(await tf.real(tf.complex([1, 2], [3, 4])).data())).toEqual([1, 2]);
    expect(tf.add(tf.zeros([0, 3]), 1).shape).toEqual([0, 3]);
  });

  it('names the operation and the reason when one fails, and goes on', () => {
    const backend = nativeBackend()!;
    const x = tf.tensor1d([1, 2]);
    expect(() => backend.executeSingleOutput('NoSuchOperation', [], [x])).toThrow(/NoSuchOperation/);
    expect(() => backend.executeSingleOutput('MatMul', [{ name: 'T', type: ATTRIBUTE.TYPE, value: TF.FLOAT }], [x, x])).toThrow(/MatMul/);
    expect(() => tf.gather(x, tf.tensor1d([5], 'int32')).dataSync()).toThrow(/GatherV2.*5/);
    expect(tf.add(x, 1).arraySync()).toEqual([2, 3]);
  });

  it('leaves nothing behind', () => {
    const alive = () => [tf.memory().numTensors, nativeBackend()!.binding.handles.size];
    const x = tf.ones([4]);
    x.dataSync();
    tf.add(x, 1).dispose();
    const before = alive();
    for (let i = 0; i < 100; i++) tf.tidy(() => tf.sum(tf.mul(x, 2)).dataSync());
    expect(alive()).toEqual(before);
  });
});
