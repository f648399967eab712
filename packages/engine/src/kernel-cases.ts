import type { Tensor, TensorLike } from '@tensorflow/tfjs-core';
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

const unary: Record<string, [(x: Tensor) => Tensor, ((x: Tensor) => Tensor)?]> = {
  abs: [tf.abs],
  neg: [tf.neg],
  exp: [tf.exp],
  expm1: [tf.expm1],
  log: [tf.log, positive],
  log1p: [tf.log1p, positive],
  sqrt: [tf.sqrt, positive],
  rsqrt: [tf.rsqrt, positive],
  square: [tf.square],
  reciprocal: [tf.reciprocal],
  sign: [tf.sign],
  sigmoid: [tf.sigmoid],
  logSigmoid: [tf.logSigmoid],
  tanh: [tf.tanh],
  relu: [tf.relu],
  relu6: [tf.relu6],
  leakyRelu: [x => tf.leakyRelu(x, 0.1)],
  elu: [tf.elu],
  selu: [tf.selu],
  softplus: [tf.softplus],
  erf: [tf.erf],
  sin: [tf.sin],
  cos: [tf.cos],
  atan: [tf.atan],
  clipByValue: [x => tf.clipByValue(x, -1, 1)],
  softmax: [x => tf.softmax(x)],
  logSoftmax: [x => tf.logSoftmax(x)],
  sum: [x => tf.sum(x, 0)],
  mean: [x => tf.mean(x, 1)],
  max: [x => tf.max(x, 1)],
  min: [x => tf.min(x, 0)],
  prod: [x => tf.prod(x, 1)],
  logSumExp: [x => tf.logSumExp(x, 1)],
  norm: [x => tf.norm(x, 2, 1)],
  cumsum: [x => tf.cumsum(x, 1)],
  'cumsum, exclusive and reversed': [x => tf.cumsum(x, 1, true, true)],
  transpose: [x => tf.transpose(x, [1, 0])],
  reverse: [x => tf.reverse(x, 1)],
  tile: [x => tf.tile(x, [2, 3])],
  pad: [
    x =>
      tf.pad(x, [
        [1, 0],
        [0, 2],
      ]),
  ],
  slice: [x => tf.slice(x, [1, 0], [2, 3])],
  reshape: [x => tf.reshape(x, [2, 10])],
  concat: [x => tf.concat([x, tf.mul(x, 2)], 1)],
  stack: [x => tf.stack([x, tf.neg(x)], 1)],
  split: [x => tf.sub(...(tf.split(x, [2, 2]) as [Tensor, Tensor]))],
  unstack: [x => tf.mul(...(tf.unstack(tf.slice(x, [0, 0], [2, 5])) as [Tensor, Tensor]))],
  broadcastTo: [x => tf.broadcastTo(x, [3, 4, 5])],
  gather: [x => tf.gather(x, tf.tensor1d([0, 2, 2], 'int32'))],
  'gather of columns': [x => tf.gather(x, tf.tensor1d([4, 0, 4], 'int32'), 1)],
  where: [x => tf.where(values([4, 5], 3, 'bool'), x, tf.mul(x, 3))],
  addN: [x => tf.addN([x, tf.square(x), tf.neg(x)])],
  cast: [x => tf.cast(x, 'float32')],
  huge: [
    x =>
      tf.mul(
        tf.tidy(() => tf.sum(x)),
        x,
      ),
  ],
};

function positive(x: Tensor): Tensor {
  return tf.add(tf.abs(x), 0.1);
}

const binary: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  pow: (a, b) => tf.pow(positive(a), b),
  squaredDifference: tf.squaredDifference,
  mod: tf.mod,
  atan2: tf.atan2,
  prelu: (a, b) => tf.prelu(a, tf.broadcastTo(b, a.shape)),
};

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

const inputs = [4, 5];

/** All of them, one for each operation and one for each gradient. */
export const kernelCases: KernelCase[] = [
  ...Object.entries(unary).flatMap(([name, [f, prepare = (x: Tensor) => x]]) => {
    const x = () => prepare(values(inputs));
    return [
      { name, run: () => f(x()) },
      { name: `gradient of ${name}`, run: () => tf.grad(v => tf.mul(f(v), values(f(v).shape, 9)))(x()), tolerance: 1e-4 },
    ];
  }),
  ...Object.entries(binary).flatMap(([name, f]) => [
    { name, run: () => [f(values(inputs), values(inputs, 2)), f(values(inputs), values([5], 2))] },
    {
      name: `gradient of ${name}`,
      run: () =>
        tf.grads((a: TensorLike | Tensor, b: TensorLike | Tensor) => tf.mul(f(a as Tensor, b as Tensor), values(inputs, 9)))([
          values(inputs),
          values(inputs, 2),
        ]),
      tolerance: 1e-4,
    },
  ]),
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
  ...Object.entries(withoutGradient).map(([name, run]) => ({ name, run })),
  ...[false, true].flatMap(transposeA =>
    [false, true].map(transposeB => ({
      name: `gradient of matMul, transposed: ${transposeA}, ${transposeB}`,
      run: () =>
        tf.grads((a: Tensor, b: Tensor) => tf.matMul(a, b, transposeA, transposeB))([
          values([2, ...(transposeA ? [4, 3] : [3, 4])]),
          values([2, ...(transposeB ? [5, 4] : [4, 5])], 2),
        ]),
      tolerance: 1e-4,
    })),
  ),
];
