import * as tf from '@tensorflow/tfjs-core';
import { goldenMaps } from '@wsss/fixtures';
import { interpolate } from '@wsss/ops';
import type { Check } from './check.js';

/** PyTorch's resizing rules, forwards and adjoint. */
export function interpolation(check: Check): void {
  const { golden } = check;
  for (const [name, { mode, align_corners: alignCorners }] of Object.entries(golden.settings)) {
    const input = goldenMaps(golden, `${name}.in`);
    const [, , height, width] = check.recorded(`${name}.out`).shape as [number, number, number, number];
    const resize = (x: tf.Tensor4D) => interpolate(x, [height, width], { mode, alignCorners });
    check.maps(`${name}.out`, resize(input));
    if (golden.tensors.has(`${name}.grad`))
      check.maps(`${name}.grad`, tf.grad(x => tf.sum(tf.mul(resize(x as tf.Tensor4D), goldenMaps(golden, `${name}.proj`))))(input));
  }
}
