import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type KernelCase, positive, values } from './kernel-case.js';

const images = [1, 6, 7, 3];
const imageOps: Record<string, [(x: tf.Tensor4D, w: tf.Tensor4D) => Tensor, number[]?]> = {
  conv2d: [(x, w) => tf.conv2d(x, w, 1, 'same'), [3, 3, 3, 4]],
  'conv2d, strides, no padding': [(x, w) => tf.conv2d(x, w, 2, 'valid'), [3, 2, 3, 4]],
  'conv2d, explicit padding': [
    (x, w) =>
      tf.conv2d(
        x,
        w,
        [2, 1],
        [
          [0, 0],
          [2, 1],
          [0, 3],
          [0, 0],
        ],
      ),
    [3, 3, 3, 2],
  ],
  'conv2d 1 × 1': [(x, w) => tf.conv2d(x, w, 1, 'valid'), [1, 1, 3, 5]],
  conv2dTranspose: [(x, w) => tf.conv2dTranspose(x, w, [1, 12, 14, 4], 2, 'same'), [3, 3, 4, 3]],
  depthwiseConv2d: [(x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w, 1, 'same'), [3, 3, 3, 2]],
  'depthwiseConv2d, strides': [(x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w, 2, 'valid'), [3, 3, 3, 1]],
  fusedConv2d: [(x, w) => tf.fused.conv2d({ x, filter: w, strides: 1, pad: 'same', activation: 'relu' }), [3, 3, 3, 4]],
  maxPool: [x => tf.maxPool(x, 2, 2, 'valid')],
  'maxPool of negative values': [x => tf.maxPool(tf.sub(x, 3) as tf.Tensor4D, 3, 1, 'same')],
  'maxPool, strides': [x => tf.maxPool(tf.sub(x, 3) as tf.Tensor4D, [3, 2], [2, 3], 'same')],
  avgPool: [x => tf.avgPool(x, 2, 2, 'valid')],
  resizeBilinear: [x => tf.image.resizeBilinear(square(x), [9, 5])],
  'resizeBilinear, aligned corners': [x => tf.image.resizeBilinear(square(x), [3, 11], true)],
  resizeNearestNeighbor: [x => tf.image.resizeNearestNeighbor(x, [12, 14])],
  batchNorm: [x => tf.batchNorm(x, values([3], 5), positive(values([3], 6)), values([3], 7), values([3], 8))],
  localResponseNormalization: [x => tf.localResponseNormalization(x, 1)],
  spaceToBatch: [
    x =>
      tf.spaceToBatchND(
        x,
        [2, 1],
        [
          [0, 0],
          [0, 0],
        ],
      ),
  ],
};

/** The gradient of resizeBilinear fails on the cpu engine for other images. */
const square = (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [1, 6, 6, 3]);

/** Operations on images, and their gradients. */
export const imageCases: KernelCase[] = [
  ...Object.entries(imageOps).flatMap(([name, [f, filter = [1]]]) => {
    const xs = () => [values(images), values(filter, 2)] as [tf.Tensor4D, tf.Tensor4D];
    const loss = (...args: Tensor[]) => {
      const y = f(args[0] as tf.Tensor4D, (args[1] ?? args[0]) as tf.Tensor4D);
      return tf.mul(y, values(y.shape, 9));
    };
    return [
      { name, run: () => f(...xs()), tolerance: 1e-4 },
      { name: `gradient of ${name}`, run: () => tf.grads(loss)(filter.length === 1 ? xs().slice(0, 1) : xs()), tolerance: 1e-3 },
    ];
  }),
];
