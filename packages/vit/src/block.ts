import * as tf from '@tensorflow/tfjs-core';
import { attention, gelu, layerNorm, linear, linearOf, requireRank } from '@wsss/ops';
import type { ParameterSpec } from '@wsss/weights';
import { moveToRegister } from './test-time-register.js';

/** What LayerScale starts from without weights, as in DeiT III: the blocks of a deep network add little at first. */
const SCALE_START = 1e-4;

/**
 * Parameters of one block, by their names behind `blocks.<i>.`, in the order in which {@link block} takes them; those of LayerScale come
 * last.
 */
export function blockParameters(embedSize: number, mlpRatio: number, layerScale = false): ParameterSpec[] {
  const hidden = Math.round(embedSize * mlpRatio);
  const normal = { kind: 'truncatedNormal' as const };
  return [
    { name: 'norm1.weight', shape: [embedSize], layout: 'same', init: { kind: 'ones' } },
    { name: 'norm1.bias', shape: [embedSize], layout: 'same' },
    { name: 'attn.qkv.weight', shape: [embedSize, 3 * embedSize], layout: 'linear', init: normal },
    { name: 'attn.qkv.bias', shape: [3 * embedSize], layout: 'same' },
    { name: 'attn.proj.weight', shape: [embedSize, embedSize], layout: 'linear', init: normal },
    { name: 'attn.proj.bias', shape: [embedSize], layout: 'same' },
    { name: 'norm2.weight', shape: [embedSize], layout: 'same', init: { kind: 'ones' } },
    { name: 'norm2.bias', shape: [embedSize], layout: 'same' },
    { name: 'mlp.fc1.weight', shape: [embedSize, hidden], layout: 'linear', init: normal },
    { name: 'mlp.fc1.bias', shape: [hidden], layout: 'same' },
    { name: 'mlp.fc2.weight', shape: [hidden, embedSize], layout: 'linear', init: normal },
    { name: 'mlp.fc2.bias', shape: [embedSize], layout: 'same' },
    ...(layerScale ? ['ls1.gamma', 'ls2.gamma'] : []).map(
      (name): ParameterSpec => ({ name, shape: [embedSize], layout: 'same', init: { kind: 'constant', value: SCALE_START } }),
    ),
  ];
}

/**
 * One pre-norm transformer block: x + γ₁·attention(norm(x)), then + γ₂·MLP(norm(·)) (Dosovitskiy et al. 2021), with γ only where it has
 * LayerScale (Touvron et al. 2021).
 *
 * @param x float32 [B, N, D]
 * @param weights The twelve or, with LayerScale, fourteen tensors of {@link blockParameters}, in their order.
 * @param options.hidden float32 [B, N]: keys hidden from every query, 1 = hidden.
 * @param options.register Neurons of the MLP whose activations are moved from the patches to a token; see `moveToRegister`.
 * @param options.afterGelu Shown the activations of the MLP, [B, N, mlpRatio·D].
 * @returns float32 [B, N, D]
 */
export function block(
  x: tf.Tensor,
  weights: readonly tf.Tensor[],
  options: {
    heads: number;
    epsilon: number;
    hidden?: tf.Tensor;
    register?: { neurons: readonly number[]; token: number };
    afterGelu?: (activations: tf.Tensor3D) => void;
  },
): tf.Tensor3D {
  requireRank(x, 3, 'block: x');
  const [norm1, norm1Bias, qkv, qkvBias, proj, projBias, norm2, norm2Bias, fc1, fc1Bias, fc2, fc2Bias, scale1, scale2] = weights;
  const { heads, epsilon, hidden, register, afterGelu } = options;
  const [batch, length, size] = x.shape;
  return tf.tidy(() => {
    const normal = layerNorm(x, norm1!, norm1Bias!, epsilon);
    // Three products instead of one that is split: the weights are small, the tokens are not.
    const [q, k, v] = [0, 1, 2].map(part => projectToHeads(normal, qkv!, qkvBias!, part, heads));
    const mixed = attention(q!, k!, v!, hidden);
    const attended = linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, length, size]), proj!, projBias!);
    const y = tf.add(x, scale1 ? tf.mul(attended, scale1) : attended) as tf.Tensor3D;
    const widened = linearOf((t, scale, offset) => layerNorm(t!, scale!, offset!, epsilon), [y, norm2!, norm2Bias!], fc1!, fc1Bias!);
    const activate = (t?: tf.Tensor, padding?: tf.Tensor) => {
      const activations = gelu(t!) as tf.Tensor3D;
      afterGelu?.(activations);
      return register ? moveToRegister(activations, register.neurons, register.token, padding) : activations;
    };
    const narrowed = linearOf(activate, register && hidden ? [widened, hidden] : [widened], fc2!, fc2Bias!);
    return tf.add(y, scale2 ? tf.mul(narrowed, scale2) : narrowed);
  });
}

/**
 * Queries, keys or values of tokens.
 *
 * @param tokens float32 [B, N, D], after the norm.
 * @param qkv float32 [D, 3·D], and its bias [3·D].
 * @param part 0 = queries, 1 = keys, 2 = values.
 * @returns float32 [B, heads, N, D/heads]
 */
export function projectToHeads(tokens: tf.Tensor3D, qkv: tf.Tensor, bias: tf.Tensor, part: number, heads: number): tf.Tensor4D {
  const [batch, length, size] = tokens.shape;
  const projected = linear(tokens, tf.slice(qkv, [0, part * size], [size, size]), tf.slice(bias, [part * size], [size]));
  return tf.transpose(tf.reshape(projected, [batch, length, heads, size / heads]), [0, 2, 1, 3]) as tf.Tensor4D;
}
