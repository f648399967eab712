import type { Tensor, TensorLike } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type KernelCase, positive, values } from './kernel-case.js';

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

const inputs = [4, 5];

/** Operations on tensors of any shape, and their gradients. */
export const gradientCases: KernelCase[] = [
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
