import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { applyCrf, type CrfSettings } from './apply-crf.js';
import { LatticeEngine } from './lattice-engine.js';
import { DenseCrfPool, type NamedCrfImage } from './pool.js';
import { applyCrfToTensor } from './tensor.js';

const engine = await LatticeEngine.start();
afterAll(() => engine.dispose());

const settings: CrfSettings = { bilateral: { sigmaXy: 10, sigmaRgb: 20, compatibility: 2 }, iterations: 2 };

function image(i: number, change: Partial<NamedCrfImage> = {}): NamedCrfImage {
  const [width, height] = [5 + (i % 7), 4];
  return {
    name: `picture-${i}`,
    width,
    height,
    image: Uint8Array.from({ length: width * height * 3 }, (_, n) => (n * 37 + i * 11) % 256),
    probabilities: Float32Array.from({ length: width * height * 2 }, (_, n) => 0.5 + 0.4 * Math.sin((n >> 1) + i) * (n % 2 ? 1 : -1)),
    ...change,
  };
}

describe('applyCrf', () => {
  it('smooths and labels', () => {
    const { width, height } = image(0);
    const { probabilities, labels } = applyCrf(engine, image(0), settings);
    expect(labels).toEqual(labels.map((_, n) => +(probabilities[2 * n + 1]! > probabilities[2 * n]!)));
    expect(labels.length).toBe(width * height);
  });

  it('leaves terms out', () => {
    const { probabilities } = applyCrf(engine, image(0), { gaussian: null, bilateral: null });
    const given = image(0).probabilities;
    for (const [i, p] of given.entries()) expect(probabilities[i]).toBeCloseTo(p, 5);
  });

  it('refuses probabilities that do not fit the image', () => {
    expect(() => applyCrf(engine, image(0, { probabilities: new Float32Array(41) }))).toThrow('expected [4, 5, labels]');
    expect(() => applyCrf(engine, image(0, { width: 0 }))).toThrow('The image is 0×4 pixels');
  });

  it('takes and gives tensors', async () => {
    const given = image(3);
    const before = tf.memory().numTensors;
    const pixels = tf.tensor3d(Int32Array.from(given.image), [given.height, given.width, 3], 'int32');
    const probabilities = tf.tensor3d(given.probabilities, [given.height, given.width, 2]);
    const refined = await applyCrfToTensor(engine, pixels, probabilities, settings);
    expect(tf.memory().numTensors).toBe(before + 3);
    expect(refined.shape).toEqual([given.height, given.width, 2]);
    expect(await refined.data()).toEqual(applyCrf(engine, given, settings).probabilities);
    await expect(applyCrfToTensor(engine, tf.tensor3d(new Float32Array(3), [1, 1, 3]), probabilities)).rejects.toThrow(
      'same height and width',
    );
  });
});

describe('DenseCrfPool', () => {
  it('refines a stream in its order and reads little ahead', async () => {
    const pool = await DenseCrfPool.start({ workers: 2, settings });
    let read = 0;
    function* stream() {
      for (let i = 0; i < 20; i++) {
        read++;
        yield image(i);
      }
    }
    let i = 0;
    for await (const { name, probabilities, labels } of pool.map(stream())) {
      expect(name).toBe(`picture-${i}`);
      const expected = applyCrf(engine, image(i), settings);
      expect(probabilities).toEqual(expected.probabilities);
      expect(labels).toEqual(expected.labels);
      expect(read - i).toBeLessThanOrEqual(4);
      i++;
    }
    expect(i).toBe(20);
    await pool.close();
  });

  it('names the image that fails and goes on', async () => {
    const pool = await DenseCrfPool.start({ workers: 1, settings });
    const bad = image(2, { name: 'bad one', probabilities: new Float32Array(56).fill(Number.NaN) });
    const [first, failed, last] = await Promise.allSettled([pool.run(image(1)), pool.run(bad), pool.run(image(3))]);
    expect(first.status).toBe('fulfilled');
    expect(last.status).toBe('fulfilled');
    expect(failed).toMatchObject({
      reason: { message: expect.stringMatching(/^image bad one: probabilities of pixel \(0, 0\), label 0, is NaN/) },
    });
    await expect(async () => {
      for await (const _ of pool.map([image(0), bad, image(4)]));
    }).rejects.toThrow('image bad one');
    await pool.close();
  });

  it('refuses what waits when it is closed', async () => {
    const pool = await DenseCrfPool.start({ workers: 1, settings });
    const waiting = Promise.allSettled([pool.run(image(1)), pool.run(image(2))]);
    await pool.close();
    for (const result of await waiting)
      expect(result).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('closed') } });
    await expect(pool.run(image(1))).rejects.toThrow('image picture-1: the pool is closed');
  });

  it('refuses numbers of workers that are none', async () => {
    await expect(DenseCrfPool.start({ workers: 0 })).rejects.toThrow('workers is 0');
  });
});
