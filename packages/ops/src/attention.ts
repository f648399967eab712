import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { fusedKernel } from './fused-kernel.js';
import { requireRank } from './require-rank.js';

/** Subtracted from the logit of a hidden key: its weight becomes exactly 0 in float32. */
const HIDDEN = 1e12;

/**
 * Scaled dot-product attention, softmax(q·kᵀ/√d − 1e12·hidden)·v (Vaswani et al. 2017).
 *
 * Keeps q, k and v for the backward pass, not the N×M weights, which are computed again.
 *
 * @param q float32 [B, heads, N, d]
 * @param k float32 [B, heads, M, d]
 * @param v float32 [B, heads, M, d]
 * @param hidden float32 [B, M]: 1 hides a key from every query of every head, 0 shows it. No gradient flows to it.
 * @returns float32 [B, heads, N, d]
 * @throws Error when the shapes do not fit.
 */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, hidden?: tf.Tensor): tf.Tensor4D {
  requireRank(q, 4, 'attention: q');
  requireRank(k, 4, 'attention: k');
  const [batch, , , size] = q.shape;
  const keys = k.shape[2];
  if (`${k.shape}` !== `${v.shape}` || k.shape[0] !== batch || k.shape[1] !== q.shape[1] || k.shape[3] !== size)
    throw new Error(
      `attention: q [${q.shape}], k [${k.shape}] and v [${v.shape}] must share batch, heads and size, and k and v their length`,
    );
  if (hidden && `${hidden.shape}` !== `${[batch, keys]}`)
    throw new Error(`attention: hidden has shape [${hidden.shape}], expected [${batch}, ${keys}] (batch, keys)`);
  const scale = 1 / Math.sqrt(size);
  // Queries are scaled rather than the logits, of which there are many more.
  const weigh = (scaledQuery: tf.Tensor, key: tf.Tensor, mask: tf.Tensor | undefined) => {
    const logits = tf.matMul(scaledQuery, key, false, true);
    return tf.softmax(mask ? tf.sub(logits, tf.mul(tf.reshape(mask, [batch, 1, 1, keys]), HIDDEN)) : logits);
  };
  const operation = customGradient(
    (query, key, value, mask) =>
      fusedKernel('WsssAttention', { q: query, k: key, v: value, hidden: mask }, { scale }, () =>
        tf.matMul(weigh(tf.mul(query!, scale), key!, mask), value!),
      ),
    (dy, query, key, value, mask) => {
      const gradients = fusedKernel('WsssAttentionGrad', { q: query, k: key, v: value, dy, hidden: mask }, { scale }, () => {
        const scaledQuery = tf.mul(query!, scale);
        const weights = weigh(scaledQuery, key!, mask);
        const dWeights = tf.mul(weights, tf.matMul(dy, value!, false, true));
        const dLogits = tf.sub(dWeights, tf.mul(weights, tf.sum(dWeights, -1, true)));
        const dQuery = tf.mul(tf.matMul(dLogits, key!), scale);
        return [dQuery, tf.matMul(dLogits, scaledQuery, true), tf.matMul(weights, dy, true)];
      });
      return mask ? [...gradients, tf.zerosLike(mask)] : gradients;
    },
  );
  // The mask is an input so that it lives until the backward pass, whoever made it.
  return operation(q, k, v, ...(hidden ? [hidden] : [])) as tf.Tensor4D;
}
