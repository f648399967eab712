import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../start.js';
import { expectSame, outcome } from '../test/kernel-case.js';
import { kernelCases } from '../test/kernel-cases.js';
import { libraryForTests } from '../test/native-library.js';
import { trace } from '../trace.js';
import { nativeBackend } from './running.js';

const { library, reason } = libraryForTests();

describe.skipIf(!library)(`native agrees with cpu${reason} on`, () => {
  const wanted = new Map<string, ReturnType<typeof outcome>>();

  beforeAll(async () => {
    await startEngine({ engine: 'cpu' });
    for (const test of kernelCases) wanted.set(test.name, outcome(test));
    await startEngine({ engine: 'native', tensorflow: library });
  });

  it.each(kernelCases)('$name', test => {
    const alive = () => [tf.memory().numTensors, nativeBackend()!.binding.handles.size];
    const before = alive();
    expectSame(outcome(test), wanted.get(test.name)!, test.tolerance);
    expect(alive()).toEqual(before);
  });

  // These run on the cpu backend, which needs the values of their inputs, or read values themselves.
  const cannot = ['multinomial', 'denseBincount'];

  it.each(kernelCases.filter(({ name }) => !cannot.includes(name)))('$name, traced', test => {
    const f = trace(() => test.run(), []);
    expectSame(outcome({ ...test, run: () => f() }), wanted.get(test.name)!, test.tolerance);
    f.dispose();
  });
});
