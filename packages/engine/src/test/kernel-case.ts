import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** A computation that every engine must agree on, for tests. */
export interface KernelCase {
  name: string;
  /** Runs on the engine that is set; the same values each time. */
  run: () => Tensor | Tensor[];
  /** Largest difference allowed, relative to 1 + |value|. Default 1e-5. */
  tolerance?: number;
}

/** What a case gives on the engine that is set. */
export function outcome({ run }: KernelCase): { shape: number[]; dtype: string; values: number[] }[] {
  const result = tf.tidy(run);
  const tensors = Array.isArray(result) ? result : [result];
  const read = tensors.map(tensor => ({ shape: tensor.shape, dtype: tensor.dtype, values: Array.from(tensor.dataSync()) }));
  tf.dispose(tensors);
  return read;
}

/** Checks that an outcome equals the one of another engine. */
export function expectSame(found: ReturnType<typeof outcome>, wanted: ReturnType<typeof outcome>, tolerance = 1e-5): void {
  expect(found.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(wanted.map(({ shape, dtype }) => ({ shape, dtype })));
  for (const [i, { values }] of wanted.entries())
    for (const [j, value] of values.entries()) {
      const other = found[i]!.values[j]!;
      if (Number.isNaN(value) ? !Number.isNaN(other) : !(Math.abs(other - value) <= tolerance * (1 + Math.abs(value))))
        throw new Error(`result ${i}, value ${j}: found ${other}, expected ${value}`);
    }
}

/** Values in -2..2 that look random, none near 0 or near another of a small tensor. */
export function values(shape: number[], seed = 1, dtype: 'float32' | 'int32' | 'bool' = 'float32'): Tensor {
  const numbers = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => {
    const x = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453;
    return 4 * (x - Math.floor(x)) - 2;
  });
  if (dtype === 'bool')
    return tf.tensor(
      numbers.map(x => (x > 0 ? 1 : 0)),
      shape,
      'bool',
    );
  return tf.tensor(dtype === 'int32' ? numbers.map(x => Math.round(4 * x) || 3) : numbers, shape, dtype);
}

/** The absolute values, and a little more. */
export function positive(x: Tensor): Tensor {
  return tf.add(tf.abs(x), 0.1);
}
