import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nativeBackend } from './native/running.js';
import { startEngine } from './start.js';
import { libraryForTests } from './test/native-library.js';
import { trace } from './trace.js';

const { library, reason } = libraryForTests();

/** Living tensors of TensorFlow.js and of TensorFlow. */
const alive = () => [tf.memory().numTensors, nativeBackend()!.binding.handles.size];

describe.skipIf(!library)(`trace${reason}`, () => {
  beforeAll(async () => {
    await startEngine({ engine: 'native', tensorflow: library });
  });

  afterEach(() => {
    tf.disposeVariables();
  });

  it('computes what the function computes', () => {
    const f = trace((a, b) => tf.add(tf.matMul(a, b), 1), [tf.zeros([2, 2]), tf.zeros([2, 2])]);
    expect(
      f(
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
        tf.tensor2d([
          [5, 6],
          [7, 8],
        ]),
      ).arraySync(),
    ).toEqual([
      [20, 23],
      [44, 51],
    ]);
    expect(f.info).toMatchObject({ operations: { BatchMatMulV2: 1, Add: 1 }, reads: [], assigns: [], captures: 0 });
    f.dispose();
  });

  it('returns several tensors as an array, also an input or a constant as it is', () => {
    const f = trace(x => [tf.neg(x), x, tf.scalar(3)], [tf.zeros([2])]);
    expect(f(tf.tensor1d([1, 2])).map(t => t.arraySync())).toEqual([[-1, -2], [1, 2], 3]);
    f.dispose();
  });

  it('leaves nothing behind of results that were kept', () => {
    const before = tf.memory().numTensors;
    const f = trace(x => tf.keep(tf.neg(x)), [tf.zeros([2])]);
    f.dispose();
    expect(tf.memory().numTensors).toBe(before + 1); // the example
  });

  it('rounds the factors of matrix products to bfloat16 when asked to', () => {
    const near = 1 + 2 ** -10; // bfloat16 has 8 bits: this becomes 1
    const x = tf.tensor2d([[near, 2]]);
    const y = tf.tensor2d([[near], [1]]);
    const f = trace((a, b) => [tf.matMul(a, b), tf.matMul(a, b, false, false), tf.mul(a, a)], [x, y], { bfloat16: true });
    const [product, again, square] = f(x, y);
    expect(product!.arraySync()).toEqual([[3]]);
    expect(again!.dtype).toBe('float32');
    expect((square!.arraySync() as number[][])[0]![0]).toBeCloseTo(near * near, 6);
    expect(f.info.operations.Cast).toBe(4); // both factors once, both products
    f.dispose();
  });

  it('runs on another thread', async () => {
    const f = trace(x => tf.square(x), [tf.zeros([])]);
    const [first] = [f.async(tf.scalar(3))];
    await expect(f.async(tf.scalar(4))).rejects.toThrow('still running');
    expect(() => f.dispose()).toThrow('still running');
    expect((await first).arraySync()).toBe(9);
    expect((await f.async(tf.scalar(4))).arraySync()).toBe(16);
    f.dispose();
    expect(() => f(tf.scalar(1))).toThrow('disposed');
  });

  it('reads variables anew in each call and assigns them after it', () => {
    const v = tf.variable(tf.scalar(1), true, 'v');
    const f = trace(
      x => {
        v.assign(tf.add(v, x));
        v.assign(tf.mul(v, 2));
        return tf.add(v, 0);
      },
      [tf.scalar(0)],
    );
    expect(v.arraySync()).toBe(1);
    expect(f(tf.scalar(2)).arraySync()).toBe(6);
    expect(v.arraySync()).toBe(6);
    v.assign(tf.scalar(0));
    expect(f(tf.scalar(1)).arraySync()).toBe(2);
    expect(f.info).toMatchObject({ reads: ['v'], assigns: ['v'] });
    f.dispose();
  });

  it('tells two variables apart that share their value', () => {
    const a = tf.variable(tf.scalar(1), true, 'a');
    const b = tf.variable(a, true, 'b');
    b.assign(a);
    const f = trace(() => tf.sub(a, b), []);
    a.assign(tf.scalar(5));
    expect(f().arraySync()).toBe(4);
    f.dispose();
  });

  it('holds tensors from outside, and lets them be disposed of', () => {
    const large = tf.tensor(Float32Array.from({ length: 40_000 }, (_, i) => i % 7));
    const sum = (tf.sum(large).arraySync() as number) + 40_000 * 2 + 20_000;
    const f = trace(() => {
      const inside = tf.tensor(Float32Array.from({ length: 40_000 }, (_, i) => i % 2));
      return tf.add(tf.add(tf.sum(large), tf.sum(inside)), tf.sum(tf.fill([40_000], 2)));
    }, []);
    large.dispose();
    expect(f.info.captures).toBe(2);
    expect(f.info.operations.Fill ?? 0).toBeLessThanOrEqual(1);
    expect(f().arraySync()).toBe(sum);
    f.dispose();
  });

  it('gathers by indices that are only known later', () => {
    const f = trace(i => tf.gather(tf.tensor1d([10, 20, 30]), i), [tf.zeros([2], 'int32')]);
    expect(f(tf.tensor1d([2, 0], 'int32')).arraySync()).toEqual([30, 10]);
    f.dispose();
  });

  it('handles lists of tensors', () => {
    const f = trace((a, b) => [tf.concat([a, b, a]), tf.stack([a, b]), ...tf.split(a, 2), tf.addN([a, b])], [tf.zeros([2]), tf.zeros([2])]);
    expect(f(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])).map(t => t.arraySync())).toEqual([
      [1, 2, 3, 4, 1, 2],
      [
        [1, 2],
        [3, 4],
      ],
      [1],
      [2],
      [4, 6],
    ]);
    f.dispose();
  });

  it.each([
    ['gradient descent', () => tf.train.sgd(0.1)],
    ['Adam', () => tf.train.adam(0.1)],
    ['momentum', () => tf.train.momentum(0.1, 0.9)],
  ])('%s equals its eager run', (_, optimizer) => {
    const x = tf.tensor2d(
      Array.from({ length: 32 }, (_, i) => Math.sin(i)),
      [8, 4],
    );
    const run = (asTrace: boolean) => {
      const w = tf.variable(
        tf.tensor2d(
          Array.from({ length: 12 }, (_, i) => Math.cos(i)),
          [4, 3],
        ),
      );
      const rule = optimizer();
      const step = (input: tf.Tensor) => {
        const { value, grads } = tf.variableGrads(
          () => tf.mean(tf.square(tf.sub(tf.softmax(tf.matMul(input as tf.Tensor2D, w as tf.Tensor2D)), 0.2))) as tf.Scalar,
          [w],
        );
        rule.applyGradients(grads as never);
        return value as tf.Tensor;
      };
      const losses = [step(x).arraySync() as number];
      const f = asTrace ? trace(input => step(input), [x]) : step;
      for (let i = 0; i < 10; i++) losses.push(f(x).arraySync() as number);
      return [...losses, ...w.dataSync()];
    };
    const [eager, traced] = [run(false), run(true)];
    for (const [i, value] of eager.entries()) expect(traced[i]).toBeCloseTo(value, 6);
  });

  it('leaves nothing behind in 200 calls, nor when it fails or is disposed of', async () => {
    const before = alive();
    const x = tf.ones([4]);
    const w = tf.variable(x, true, 'w');
    const big = tf.randomNormal([200, 200], 0, 1, 'float32', 1);
    expect(() => trace(() => tf.sum(big).dataSync() as never, [])).toThrow();
    const f = trace(
      input => {
        w.assign(tf.add(w, tf.mul(input, tf.mean(big))));
        return tf.sum(w);
      },
      [x],
    );
    f(x).dispose();
    const running = alive();
    for (let i = 0; i < 100; i++) f(x).dispose();
    for (let i = 0; i < 100; i++) (await f.async(x)).dispose();
    expect(alive()).toEqual(running);
    f.dispose();
    tf.dispose([w, big, x]);
    expect(alive()).toEqual(before);
  });

  describe('refuses', () => {
    let one: tf.Tensor;
    beforeAll(() => {
      one = tf.scalar(1);
    });

    const v = () => tf.variable(tf.scalar(1), true, `v${Math.trunc(tf.memory().numTensors)}`);

    it.each([
      ['reading values inside', () => trace(x => tf.scalar(x.dataSync()[0]!), [one]), 'dataSync'],
      ['asynchronous functions', () => trace((async (x: tf.Tensor) => x) as never, [one]), 'not a promise'],
      ['functions that return no tensor', () => trace(() => undefined as never, []), 'must return a tensor'],
      ['variables created inside', () => trace(() => tf.add(tf.variable(tf.scalar(1), true, 'new'), 1), []), 'created inside (new)'],
      ['traces inside traces', () => trace(() => trace(() => tf.scalar(1), [])(), []), 'inside trace()'],
    ])('%s', (_, make, message) => {
      const before = alive();
      expect(make).toThrow(message);
      expect(alive()).toEqual(before);
    });

    it('assigning variables that are not listed', () => {
      const [a, b] = [v(), v()];
      expect(() =>
        trace(
          () => {
            a.assign(tf.scalar(2));
            b.assign(tf.scalar(2));
            return tf.scalar(0);
          },
          [],
          { variables: [a] },
        ),
      ).toThrow(`${b.name} was assigned inside`);
      expect([a.arraySync(), b.arraySync()]).toEqual([1, 1]);
    });

    it('inputs of other shapes or dtypes', () => {
      const f = trace(x => tf.add(x, 1), [tf.zeros([2])], { name: 'plus' });
      expect(() => f(tf.zeros([3]))).toThrow(/plus_\d+ was traced for inputs \(float32\[2\]\), and called with \(float32\[3\]\)/);
      expect(() => f(tf.zeros([2], 'int32'))).toThrow('int32[2]');
      expect(() => (f as unknown as () => tf.Tensor)()).toThrow('()');
      f.dispose();
    });

    it('using a tensor from inside a trace outside', () => {
      let leaked: tf.Tensor | undefined;
      const f = trace(
        x => {
          leaked = tf.keep(tf.neg(x));
          return tf.clone(leaked);
        },
        [tf.scalar(1)],
      );
      expect(() => leaked!.dataSync()).toThrow('only known when the traced function runs');
      expect(() => tf.neg(leaked!)).toThrow('cannot');
      leaked!.dispose();
      f.dispose();
    });
  });
});
