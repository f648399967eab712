import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type KernelCase, values } from './kernel-case.js';

const withoutGradient: Record<string, () => Tensor | Tensor[]> = {
  floor: () => tf.floor(values([4, 5])),
  ceil: () => tf.ceil(values([4, 5])),
  round: () => tf.round(values([4, 5])),
  step: () => tf.step(values([4, 5])),
  isNaN: () => tf.isNaN(tf.tensor1d([1, Number.NaN, Number.POSITIVE_INFINITY])),
  isFinite: () => tf.isFinite(tf.tensor1d([1, Number.NaN, Number.POSITIVE_INFINITY])),
  divNoNan: () => tf.divNoNan(values([4, 5]), tf.tensor1d([0, 1, 2, 0, 4])),
  comparisons: () =>
    [tf.equal, tf.notEqual, tf.greater, tf.greaterEqual, tf.less, tf.lessEqual].flatMap(f => [
      f(values([4, 5]), values([5], 1)),
      f(values([6], 1, 'int32'), values([2, 6], 1, 'int32')),
    ]),
  logic: () => {
    const [a, b] = [values([6], 1, 'bool'), values([6], 2, 'bool')];
    return [
      tf.logicalAnd(a, b),
      tf.logicalOr(a, b),
      tf.logicalNot(a),
      tf.logicalXor(a, b),
      tf.all(a),
      tf.any(values([2, 3], 3, 'bool'), 1),
    ];
  },
  integers: () => {
    const [a, b] = [values([3, 6], 1, 'int32'), values([6], 2, 'int32')];
    return [
      tf.add(a, b),
      tf.sub(a, b),
      tf.mul(a, b),
      tf.floorDiv(a, b),
      tf.maximum(a, b),
      tf.minimum(a, b),
      tf.sum(a, 1),
      tf.max(a, 0),
      tf.min(a),
      tf.abs(a),
      tf.neg(a),
      tf.cumsum(a, 1),
      tf.prod(b),
    ];
  },
  'mod of integers': () => tf.mod(values([3, 6], 1, 'int32'), values([6], 2, 'int32')),
  casts: () => [
    tf.cast(values([5]), 'int32'),
    tf.cast(values([5], 1, 'int32'), 'float32'),
    tf.cast(values([5], 1, 'bool'), 'float32'),
    tf.cast(values([5], 1, 'bool'), 'int32'),
    tf.cast(tf.tensor1d([0, 2, -1]), 'bool'),
  ],
  argMax: () => [tf.argMax(values([4, 5, 3]), 1), tf.argMax(values([4, 5]), 0), tf.argMax(values([4, 5, 3]), -1)],
  argMin: () => [tf.argMin(values([4, 5, 3]), 1), tf.argMin(values([4, 5]), 0)],
  oneHot: () => [
    tf.oneHot(
      tf.tensor2d(
        [
          [0, 2],
          [1, 5],
        ],
        [2, 2],
        'int32',
      ),
      3,
    ),
    tf.oneHot(tf.tensor1d([0, 2], 'int32'), 3, 5, -1),
  ],
  gatherND: () =>
    tf.gatherND(
      values([3, 4, 2]),
      tf.tensor2d(
        [
          [0, 1],
          [2, 3],
        ],
        [2, 2],
        'int32',
      ),
    ),
  scatterND: () => tf.scatterND(tf.tensor2d([[0], [2], [0]], [3, 1], 'int32'), values([3, 4]), [5, 4]),
  tensorScatterUpdate: () => tf.tensorScatterUpdate(values([5, 4]), tf.tensor2d([[0], [2]], [2, 1], 'int32'), values([2, 4], 2)),
  mirrorPad: () => [
    tf.mirrorPad(
      values([4, 5]),
      [
        [1, 2],
        [3, 0],
      ],
      'reflect',
    ),
    tf.mirrorPad(
      values([2, 3, 2]),
      [
        [1, 1],
        [2, 1],
        [0, 0],
      ],
      'symmetric',
    ),
  ],
  stridedSlice: () => tf.stridedSlice(values([5, 6]), [0, 5], [5, 0], [2, -2]),
  topk: () => Object.values(tf.topk(values([4, 7]), 3)),
  cumprod: () => tf.cumprod(values([4, 5]), 1),
  spaceToBatchND: () =>
    tf.spaceToBatchND(
      values([1, 4, 6, 2]),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  batchToSpaceND: () =>
    tf.batchToSpaceND(
      values([4, 2, 3, 2]),
      [2, 2],
      [
        [0, 0],
        [0, 1],
      ],
    ),
  depthToSpace: () => tf.depthToSpace(values([1, 2, 3, 8]) as tf.Tensor4D, 2),
  unsortedSegmentSum: () => tf.unsortedSegmentSum(values([5, 2, 3]), tf.tensor1d([0, 2, 0, 3, -1], 'int32'), 4),
  bincount: () => tf.bincount(tf.cast(values([8], 1, 'bool'), 'int32') as tf.Tensor1D, tf.tensor1d([]), 4),
  denseBincount: () =>
    tf.denseBincount(tf.cast(values([3, 8], 1, 'bool'), 'int32') as tf.Tensor2D, tf.tensor2d([], [0, 0]) as never, 4) as Tensor,
  range: () => [
    tf.range(0, 5, 1, 'int32'),
    tf.range(1, 0, -0.25),
    tf.linspace(0, 1, 5),
    tf.fill([2, 3], 4),
    tf.eye(3),
    tf.ones([2], 'bool'),
  ],
  bandPart: () => tf.linalg.bandPart(values([4, 5]), 1, 2),
  diag: () => tf.diag(values([3])),
  multinomial: () =>
    tf.tensor1d(
      tf
        .multinomial(
          tf.tensor2d([
            [0, -1e9],
            [-1e9, 0],
          ]),
          4,
          1,
        )
        .dataSync(),
      'int32',
    ),
  einsum: () => tf.einsum('bij,bjk->bik', values([2, 3, 4]), values([2, 4, 5], 2)),
  cropAndResize: () =>
    tf.image.cropAndResize(values([1, 6, 6, 2]) as tf.Tensor4D, tf.tensor2d([[0.1, 0.2, 0.8, 0.9]]), tf.tensor1d([0], 'int32'), [3, 4]),
  transposes: () => [
    tf.transpose(values([2, 3, 4, 5, 2]), [2, 0, 3, 1, 4]),
    tf.transpose(values([2, 3, 4, 2]), [0, 2, 1, 3]),
    tf.transpose(values([3, 4, 5]), [2, 1, 0]),
    tf.transpose(values([3, 4], 1, 'int32')),
  ],
  fusedMatMul: () =>
    tf.fused.matMul({
      a: values([2, 3, 4]) as tf.Tensor3D,
      b: values([2, 5, 4], 2) as tf.Tensor3D,
      transposeB: true,
      bias: values([5], 3),
      activation: 'relu',
    }),
  'batches of matMul': () => [
    tf.matMul(values([2, 3, 4]), values([2, 5, 4], 2), false, true),
    tf.matMul(values([2, 4, 3]), values([1, 4, 5], 2), true),
  ],
  dilatedConv2d: () => tf.conv2d(values([1, 8, 8, 2]) as tf.Tensor4D, values([3, 3, 2, 3], 2) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
};

/** Operations of which no gradient is taken. */
export const plainCases: KernelCase[] = Object.entries(withoutGradient).map(([name, run]) => ({ name, run }));
