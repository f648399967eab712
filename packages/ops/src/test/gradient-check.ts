import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/**
 * Compares the gradient of Σ fn(inputs)·projection with central differences at every value of every input.
 * For tests: float32 leaves about three digits, so the tolerance is relative to the largest gradient.
 */
export function expectGradientsToMatchDifferences(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  { step = 1e-2, tolerance = 5e-3 } = {},
): void {
  tf.tidy(() => {
    const shape = fn(...inputs).shape;
    const count = tf.util.sizeFromShape(shape);
    const projection = tf.tensor(
      Float32Array.from({ length: count }, (_, i) => Math.sin(1 + 2.3 * i)),
      shape,
    );
    const loss = (...given: tf.Tensor[]) => tf.sum(tf.mul(fn(...given), projection));
    const gradients = tf.grads(loss)(inputs);
    inputs.forEach((input, which) => {
      const values = input.dataSync();
      const evaluate = (index: number, delta: number) => {
        const moved = Float32Array.from(values);
        moved[index]! += delta;
        return loss(...inputs.map((other, k) => (k === which ? tf.tensor(moved, input.shape) : other))).dataSync()[0]!;
      };
      const expected = Float32Array.from(values, (_, i) => (evaluate(i, step) - evaluate(i, -step)) / (2 * step));
      const found = gradients[which]!.dataSync();
      const largest = Math.max(1e-3, ...expected.map(Math.abs));
      found.forEach((value, i) => {
        expect(
          Math.abs(value - expected[i]!) / largest,
          `input ${which}, value ${i}: gradient ${value}, differences give ${expected[i]}`,
        ).toBeLessThan(tolerance);
      });
    });
  });
}
