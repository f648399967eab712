import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { block, blockParameters } from './block.js';

/** Weights of one block: waves, or zeros but for the named ones. */
function blockWeights(size: number, given?: Record<string, tf.Tensor>): tf.Tensor[] {
  return blockParameters(size, 2).map(({ name, shape }, k) => {
    if (given) return given[name] ?? tf.zeros(shape);
    return tf.tensor(
      Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(k + 1.3 * i)),
      shape,
    );
  });
}

const wave = (shape: [number, number, number]) =>
  tf.sin(tf.mul(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape), 1.7)) as tf.Tensor3D;

function expectClose(found: tf.Tensor, expected: tf.Tensor): void {
  expect(found.shape).toEqual(expected.shape);
  const values = expected.dataSync();
  found.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(values[i]!, 4);
  });
}

it('passes its input on where nothing is projected back', () => {
  const x = wave([2, 3, 4]);
  expect(block(x, blockWeights(4, {}), { heads: 2, epsilon: 1e-6 }).arraySync()).toEqual(x.arraySync());
});

it('adds attended values and the MLP of the result', () => {
  const identity = tf.eye(2);
  const x = tf.tensor3d([1, 2, 3, 4], [1, 2, 2]);
  const value = tf.tensor1d([0, 0, 0, 0, 10, 20]); // q, k, v of every token: attention gives v whatever its weights are
  const attended = block(
    x,
    blockWeights(2, { 'attn.qkv.bias': value, 'attn.proj.weight': identity, 'attn.proj.bias': tf.tensor1d([0, 5]) }),
    {
      heads: 1,
      epsilon: 1e-6,
    },
  );
  expect([...attended.dataSync()]).toEqual([11, 27, 13, 29]);
  const widened = block(
    x,
    blockWeights(2, { 'mlp.fc1.bias': tf.tensor1d([1, 0, 0, 100]), 'mlp.fc2.weight': tf.tensor2d([1, 0, 0, 0, 0, 0, 0, 1], [4, 2]) }),
    {
      heads: 1,
      epsilon: 1e-6,
    },
  );
  [1.8413447, 102, 3.8413447, 104].forEach((expected, i) => {
    expect(widened.dataSync()[i]).toBeCloseTo(expected, 4); // gelu(1) = 0.8413447
  });
});

it('treats every token alike, whatever its place', () => {
  const [x, weights] = [wave([2, 4, 6]), blockWeights(6)];
  const order = tf.tensor1d([2, 0, 3, 1], 'int32');
  const run = (tokens: tf.Tensor3D) => block(tokens, weights, { heads: 3, epsilon: 1e-6 });
  expectClose(run(tf.gather(x, order, 1)), tf.gather(run(x), order, 1));
});

it('does not let a hidden token reach the others, in value or in gradient', () => {
  const [x, weights] = [wave([1, 3, 4]), blockWeights(4)];
  const hidden = tf.tensor2d([[0, 1, 0]]);
  const others = (tokens: tf.Tensor3D) => tf.gather(block(tokens, weights, { heads: 2, epsilon: 1e-6, hidden }), [0, 2], 1);
  const changed = tf.add(x, tf.tensor3d([0, 7, 0], [1, 3, 1])) as tf.Tensor3D;
  expect(others(changed).arraySync()).toEqual(others(x).arraySync());
  expectClose(others(x), block(tf.gather(x, [0, 2], 1), weights, { heads: 2, epsilon: 1e-6 }));
  const gradient = tf.grad(tokens => tf.sum(tf.square(others(tokens as tf.Tensor3D))))(x);
  expect([...tf.slice(gradient, [0, 1, 0], [1, 1, 4]).dataSync()].map(Math.abs)).toEqual([0, 0, 0, 0]);
});

it('leaves one tensor behind, and none more after its gradients', () => {
  const [x, weights] = [wave([1, 3, 4]), blockWeights(4)];
  const before = tf.memory().numTensors;
  block(x, weights, { heads: 2, epsilon: 1e-6 }).dispose();
  tf.dispose(tf.grads((...[input, ...given]) => tf.sum(block(input as tf.Tensor3D, given, { heads: 2, epsilon: 1e-6 })))([x, ...weights]));
  expect(tf.memory().numTensors).toBe(before);
});
