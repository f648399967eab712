import * as tf from '@tensorflow/tfjs-core';
import { interpolate } from '@wsss/ops';
import type { Check } from './check.js';

/** PyTorch's resizing rules, forwards and adjoint. */
export function interpolation(check: Check): void {
  for (const [name, { mode, align_corners: alignCorners }] of Object.entries(check.settings)) {
    const input = check.maps(`${name}.in`);
    const resize = (x: tf.Tensor) => interpolate(x as tf.Tensor4D, check.sizeOf(`${name}.out`), { mode, alignCorners });
    check.values(`${name}.out`, resize(input));
    if (check.has(`${name}.grad`)) check.values(`${name}.grad`, tf.grad(x => tf.sum(tf.mul(resize(x), check.maps(`${name}.proj`))))(input));
  }
}
