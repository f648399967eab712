import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { axisGroups } from './reduce.js';
import { expectClose, expectNothingLeft, waveTensor } from './test/reference.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm', threads: 2 });
});

it('axisGroups', () => {
  expect(axisGroups([2, 3, 4], [2])).toEqual({ outer: 6, n: 4, inner: 1 });
  expect(axisGroups([2, 3, 4], [0, 1])).toEqual({ outer: 1, n: 6, inner: 4 });
  expect(axisGroups([2, 1, 4, 5], [0, 2])).toEqual({ outer: 1, n: 8, inner: 5 });
  expect(axisGroups([2, 3, 4], [0, 2])).toBeUndefined();
});

describe.each([[[3, 5, 7]], [[70_000, 3]], [[2, 1570, 33]], [[100_003]], [[1, 1]]])('of %j', shape => {
  const axes = shape.map((_, axis) => axis);
  it.each(axes)('along axis %i', axis => {
    const x = waveTensor(shape);
    const values = x.dataSync();
    const { outer, n, inner } = axisGroups(shape, [axis])!;
    const [sums, most, least] = [0, -Infinity, Infinity].map(start => new Float64Array(outer * inner).fill(start)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    values.forEach((value, i) => {
      const at = Math.floor(i / (n * inner)) * inner + (i % inner);
      sums[at]! += value;
      most[at] = Math.max(most[at]!, value);
      least[at] = Math.min(least[at]!, value);
    });
    tf.tidy(() => {
      expectClose(tf.sum(x, axis), sums, 2e-6);
      expectClose(
        tf.mean(x, axis),
        sums.map(sum => sum / n),
        1e-6,
      );
      expectClose(tf.max(x, axis), most, 0);
      expectClose(tf.min(x, axis, true), least, 0);
      expect(tf.sum(x, axis, true).shape).toEqual(shape.map((size, d) => (d === axis ? 1 : size)));
    });
  });

  it('of everything', () => {
    const x = waveTensor(shape);
    expectClose(tf.sum(x), [Float64Array.from(x.dataSync()).reduce((sum, value) => sum + value, 0)], 1e-5);
  });
});

it('keeps the digits of long sums', () => {
  expect((tf.sum(tf.fill([1 << 22], 0.1)).arraySync() as number) / 2 ** 22).toBeCloseTo(0.1, 5);
  expect((tf.sum(tf.fill([1 << 20, 2], 0.1), 0).arraySync() as number[])[0]! / 2 ** 20).toBeCloseTo(0.1, 5);
});

it('leaves nothing behind', () => {
  const x = waveTensor([40_000, 5]);
  expectNothingLeft(() => tf.sum(x, 0));
  expectNothingLeft(() => tf.max(x));
});
