import * as tf from '@tensorflow/tfjs-core';
import { goldenFolder, readCases } from '@wsss/fixtures';
import { describe, expect, it } from 'vitest';
import { runParityCase } from './run-parity.js';

describe('parity with the recorded numbers', () => {
  it.each(readCases())('%s', async name => {
    tf.engine().startScope();
    const { state, comparisons, problem } = await runParityCase(name, goldenFolder);
    tf.engine().endScope();
    expect(problem).toBeUndefined();
    expect(comparisons.filter(({ passed }) => !passed)).toEqual([]);
    if (state === 'not built') console.log(`${name}: not built`);
  });
});
