import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostCall } from './host-call.js';
import { nativeBackend } from './native/running.js';
import { startEngine } from './start.js';
import { libraryForTests } from './test/native-library.js';
import { trace } from './trace.js';

const { library, reason } = libraryForTests();
const reversed = (x: tf.Tensor) => hostCall(values => Float32Array.from(values).reverse(), [x], x.shape);

describe.skipIf(!library)(`hostCall${reason}`, () => {
  beforeAll(async () => {
    await startEngine({ engine: 'native', tensorflow: library });
  });

  afterEach(() => {
    tf.disposeVariables();
  });

  it('computes from values', () => {
    expect(reversed(tf.tensor1d([1, 2, 3])).arraySync()).toEqual([3, 2, 1]);
  });

  it('divides a traced function, and computes anew in each call', async () => {
    const f = trace(
      x => {
        const twice = tf.mul(x, 2);
        const turned = reversed(tf.add(twice, 1));
        return [tf.add(tf.mul(turned, 10), twice), turned, reversed(turned), x];
      },
      [tf.zeros([3])],
    );
    expect(f.info).toMatchObject({ segments: 3, captures: 0 });
    const alive = nativeBackend()!.binding.handles.size;
    const expected = [
      [72, 54, 36],
      [7, 5, 3],
      [3, 5, 7],
      [1, 2, 3],
    ];
    const x = tf.tensor1d([1, 2, 3]);
    const results = f(x);
    expect(results.map(result => result.arraySync())).toEqual(expected);
    expect((await f.async(x)).map(result => result.arraySync())).toEqual(expected);
    expect(f(tf.tensor1d([0, 0, 1]))[0]!.arraySync()).toEqual([30, 10, 12]);
    tf.disposeVariables();
    expect(nativeBackend()!.binding.handles.size).toBeGreaterThan(alive);
    f.dispose();
  });

  it('lets gradients through around it, with variables on both sides', () => {
    const w = tf.variable(tf.tensor1d([1, 2]), true, 'w');
    const b = tf.variable(tf.scalar(1), true, 'b');
    // Σ w²·c + b, c = reversed(w) taken as constant
    const loss = () => tf.add(tf.sum(tf.mul(tf.square(w), reversed(w))), b) as tf.Scalar;
    const step = trace(
      rate => {
        const { value, grads } = tf.variableGrads(loss);
        w.assign(tf.sub(w, tf.mul(rate, grads.w!)));
        return [value, grads.b!];
      },
      [tf.scalar(0)],
    );
    const before = tf.memory().numTensors;
    const [value, ofB] = step(tf.scalar(0.5)) as [tf.Tensor, tf.Tensor];
    expect([value.arraySync(), ofB.arraySync()]).toEqual([1 * 2 + 4 * 1 + 1, 1]);
    expect(w.arraySync()).toEqual([1 - 2, 2 - 2]);
    tf.dispose([value, ofB]);
    expect(tf.memory().numTensors).toBe(before + 1); // the rate
    step.dispose();
  });

  it('frees everything when JavaScript fails', () => {
    let fail = true;
    const f = trace(
      x =>
        tf.add(
          hostCall(
            values => {
              if (fail) throw new Error('no');
              return values as Float32Array;
            },
            [tf.mul(x, 2)],
            [2],
          ),
          tf.neg(x),
        ),
      [tf.zeros([2])],
    );
    const x = tf.tensor1d([1, 2]);
    const alive = () => nativeBackend()!.binding.handles.size;
    expect(() => f(x)).toThrow('no');
    const before = alive();
    expect(() => f(x)).toThrow('no');
    expect(alive()).toBe(before);
    fail = false;
    expect(f(x).arraySync()).toEqual([1, 2]);
    f.dispose();
  });

  it('refuses results of a wrong length', () => {
    const f = trace(x => hostCall(() => new Float32Array(1), [x], [2]), [tf.zeros([2])]);
    expect(() => f(tf.zeros([2]))).toThrow('shape [2]');
    f.dispose();
  });
});
