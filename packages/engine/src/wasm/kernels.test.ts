import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../start.js';
import { expectSame, outcome } from '../test/kernel-case.js';
import { kernelCases } from '../test/kernel-cases.js';

describe('wasm agrees with cpu on', () => {
  const wanted = new Map<string, ReturnType<typeof outcome>>();

  beforeAll(async () => {
    await startEngine({ engine: 'cpu' });
    for (const test of kernelCases) wanted.set(test.name, outcome(test));
    await startEngine({ engine: 'wasm' });
  });

  it.each(kernelCases)('$name', test => {
    const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    expectSame(outcome(test), wanted.get(test.name)!, test.tolerance);
    expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
  });
});
