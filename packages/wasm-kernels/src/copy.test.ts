import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNothingLeft } from './test/reference.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm', threads: 2 });
});

const numbered = (shape: number[]) => tf.reshape(tf.range(0, tf.util.sizeFromShape(shape), 1, 'int32'), shape);

/** The value at a place of a {@link numbered} tensor. */
const numberAt = (shape: number[], place: number[]) => place.reduce((at, index, d) => at * shape[d]! + index, 0);

/** All places of a shape, in their order. */
const places = (shape: number[]): number[][] =>
  shape.reduce<number[][]>((all, size) => all.flatMap(place => Array.from({ length: size }, (_, i) => [...place, i])), [[]]);

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
const forAll = (check: (shape: number[], pick: (below: number) => number) => void) =>
  fc.assert(
    fc.property(shapes, fc.array(fc.nat(999), { minLength: 24, maxLength: 24 }), (shape, numbers) => {
      const left = [...numbers];
      tf.tidy(() => check(shape, below => left.pop()! % below));
    }),
    { numRuns: 60, seed: 4 },
  );

describe('every value comes to its place', () => {
  it('of a slice', () =>
    forAll((shape, pick) => {
      const begin = shape.map(size => pick(size));
      const size = shape.map((length, d) => 1 + pick(length - begin[d]!));
      const found = tf.slice(numbered(shape), begin, size);
      expect(found.shape).toEqual(size);
      const expected = places(size).map(place =>
        numberAt(
          shape,
          place.map((index, d) => begin[d]! + index),
        ),
      );
      expect(Array.from(found.dataSync())).toEqual(expected);
    }));

  it('of parts that are split and joined again', () =>
    forAll((shape, pick) => {
      const axis = pick(shape.length);
      const first = pick(shape[axis]!);
      const x = numbered(shape);
      const parts = first ? tf.split(x, [first, shape[axis]! - first], axis) : [x];
      expect(parts.map(part => part.shape[axis])).toEqual(first ? [first, shape[axis]! - first] : [shape[axis]]);
      expect(Array.from(tf.concat(parts, axis).dataSync())).toEqual(Array.from(x.dataSync()));
    }));

  it('of repetitions', () =>
    forAll((shape, pick) => {
      const reps = shape.map(() => 1 + pick(2));
      const found = tf.tile(numbered(shape), reps);
      const expected = places(found.shape).map(place =>
        numberAt(
          shape,
          place.map((index, d) => index % shape[d]!),
        ),
      );
      expect(Array.from(found.dataSync())).toEqual(expected);
    }));

  it('of what is turned round', () =>
    forAll((shape, pick) => {
      const axes = shape.map((_, d) => d).filter(() => pick(2));
      const found = tf.reverse(numbered(shape), axes);
      const expected = places(shape).map(place =>
        numberAt(
          shape,
          place.map((index, d) => (axes.includes(d) ? shape[d]! - 1 - index : index)),
        ),
      );
      expect(Array.from(found.dataSync())).toEqual(expected);
    }));
});

it('a clone shares its values, and outlives what it was made from', () => {
  const x = tf.tensor1d([1, 2, 3]);
  const y = tf.clone(x);
  x.dispose();
  expect(Array.from(y.dataSync())).toEqual([1, 2, 3]);
  const w = tf.variable(y);
  const before = tf.clone(w);
  w.assign(tf.tensor1d([4, 5, 6]));
  expect(Array.from(before.dataSync())).toEqual([1, 2, 3]);
  tf.dispose([y, w, before]);
});

it('leaves nothing behind', () => {
  const x = numbered([3, 4, 5]);
  expectNothingLeft(() => tf.tidy(() => tf.concat([tf.slice(x, 1), x], 0)));
  expectNothingLeft(() => tf.clone(x));
  expectNothingLeft(() => tf.split(x, [1, 3], 1));
});
