// For tests: tensors with known values, and comparison with results computed in double precision.
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Numbers in −1..1 that look random. */
export const wave = (size: number, seed = 1) =>
  Float32Array.from({ length: size }, (_, i) => {
    const x = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });

/** A float32 tensor of {@link wave}. */
export const waveTensor = (shape: number[], seed = 1) => tf.tensor(wave(tf.util.sizeFromShape(shape), seed), shape, 'float32');

/** Runs a kernel of the wasm backend. */
export const run = (name: string, inputs: Record<string, tf.Tensor>, attrs: Record<string, number> = {}) =>
  [tf.engine().runKernel(name, inputs, attrs)].flat() as tf.Tensor[];

/** Checks values against double precision; the tolerance is relative to the largest of them (or 1). */
export function expectClose(found: tf.Tensor, expected: ArrayLike<number>, tolerance = 1e-5): void {
  const values = found.dataSync();
  expect(values.length).toBe(expected.length);
  let largest = 1;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
  for (let i = 0; i < values.length; i++)
    if (!(Math.abs(values[i]! - expected[i]!) <= tolerance * largest))
      throw new Error(`value ${i} of [${found.shape}]: found ${values[i]}, expected ${expected[i]}`);
}

/** Runs `compute`, and checks that it leaves behind no tensor and nothing in the heap's books. */
export function expectNothingLeft(compute: () => tf.Tensor | tf.Tensor[]): void {
  const count = () => [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  const before = count();
  tf.dispose(compute());
  expect(count()).toEqual(before);
}
