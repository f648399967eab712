import * as tf from '@tensorflow/tfjs-core';
import type { Encode } from './encoder-influence.js';
import type { VisibleRows } from './maskable-encoder.js';

/**
 * Follows the gradients of class tokens, of whole images as of visible patches.
 *
 * @param variables Those that have to be reached by one of the two. Default: all trainable ones there are, of which each has to reach one.
 * @returns names of trainable variables.
 * @throws Error when no gradient arrives, not everywhere it should, or one that is not finite.
 */
export async function checkGradients(
  encode: Encode,
  images: tf.Tensor,
  rows: VisibleRows,
  variables?: Iterable<tf.Variable>,
): Promise<{ reached: string[]; unreached: string[] }> {
  const all = [...(variables ?? Object.values(tf.engine().registeredVariables))].filter(({ trainable }) => trainable);
  if (!all.length) throw new Error('checkEncoder: there are no trainable variables; make the weights of the encoder with tf.variable');
  const reached = new Set<string>();
  for (const [visible, call] of [
    [undefined, 'encode(images)'],
    [rows, 'encode(images, { visible })'],
  ] as const) {
    const grads = gradientsOf(() => encode(images, visible), call, all);
    let largest = 0;
    for (const [name, gradient] of Object.entries(grads)) {
      const [size] = await summed(gradient);
      if (!Number.isFinite(size)) throw new Error(`checkEncoder: the gradient of ${call} is not finite at ${name}`);
      largest = Math.max(largest, size!);
      reached.add(name);
    }
    tf.dispose(grads);
    if (!largest) throw new Error(nothingArrives(call));
  }
  const unreached = all.map(({ name }) => name).filter(name => !reached.has(name));
  if (variables && unreached.length) throw new Error(`checkEncoder: no gradient of cls arrives at ${unreached.join(', ')}`);
  return { reached: [...reached], unreached };
}

const nothingArrives = (call: string) =>
  `checkEncoder: no gradient of cls arrives from ${call} at any trainable variable; let every step from the variables to cls be an ` +
  'operation of TensorFlow.js that has a gradient, and take nothing from dataSync';

/** Gradients of a sum of the class tokens in which none weighs as another does: of a plain sum, normalization leaves no gradient. */
function gradientsOf(cls: () => tf.Tensor2D, call: string, variables: tf.Variable[]): tf.NamedTensorMap {
  try {
    const weighted = () => {
      const tokens = cls();
      return tf.sum(tf.mul(tokens, tf.randomNormal(tokens.shape, 0, 1, 'float32', 2))) as tf.Scalar;
    };
    return tf.tidy(() => tf.variableGrads(weighted, variables).grads);
  } catch (cause) {
    const { message } = cause as Error;
    if (/connection between any variable/.test(message)) throw new Error(nothingArrives(call), { cause });
    throw new Error(`checkEncoder: ${call} cannot be differentiated: ${message}`, { cause });
  }
}

async function summed(x: tf.Tensor): Promise<Float32Array> {
  const sum = tf.tidy(() => tf.sum(tf.abs(x)));
  const values = (await sum.data()) as Float32Array;
  sum.dispose();
  return values;
}
