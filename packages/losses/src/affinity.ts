import * as tf from '@tensorflow/tfjs-core';

/**
 * Affinity loss: patches with the same pseudo label shall look alike, patches with different ones shall not. With `c = |cosine|` of two
 * patch tokens, over all ordered pairs of different patches of one image of which neither is ignored,
 *
 * `½·(1 − Σ_same c / (#same + 1)) + ½·Σ_different c / (#different + 1)`
 *
 * with sums and counts over the whole batch. Where a cosine is 0 its gradient is taken as 0. ToCo (Ru et al., CVPR 2023, section 3.3) calls
 * it the contrast of patch tokens.
 *
 * @param tokens patch tokens [B, N, D], or the same as a map [B, h, w, D] with N = h·w; float32.
 * @param labels pseudo label of each patch [B, h, w], int32; 255 = ignore. No gradient flows to them.
 * @returns a scalar in [0, 1] (½ if every patch is ignored), to be disposed of by the caller.
 * @throws RangeError if the shapes do not fit.
 *
 * @example
 * const loss = affinityLoss(patchTokens, labelsOfPatches); // [2, 784, 192] and [2, 28, 28]
 */
export function affinityLoss(tokens: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  const [batch, height, width] = labels.shape as [number, number, number];
  const depth = tokens.shape.at(-1)!;
  const fits = tokens.rank === 3 || (tokens.shape[1] === height && tokens.shape[2] === width);
  if (
    labels.rank !== 3 ||
    !(tokens.rank === 3 || tokens.rank === 4) ||
    !fits ||
    tokens.shape[0] !== batch ||
    tokens.size !== labels.size * depth
  ) {
    throw new RangeError(
      `affinityLoss: tokens are [${tokens.shape}] and labels [${labels.shape}], expected [B, h·w, D] or [B, h, w, D] and [B, h, w].`,
    );
  }
  const loss = tf.customGrad((x, save) => {
    const flat = x as tf.Tensor3D;
    const weights = pairWeights(tf.reshape(labels, [batch, height * width]));
    (save as tf.GradSaveFunc)([flat, weights]);
    const { unit } = normalize(flat);
    const rows = tf.sum(tf.mul(weights, tf.abs(tf.matMul(unit, unit, false, true))), -1);
    const value: tf.Scalar = tf.add(tf.sum(rows), 0.5);
    return { value, gradFunc: (dy: tf.Scalar, [flat, weights]: tf.Tensor[]) => gradient(dy, flat as tf.Tensor3D, weights!) };
  });
  return tf.tidy(() => loss(tf.reshape(tokens, [batch, height * width, depth])));
}

/**
 * [B, N, N]: what each pair's |cosine| is multiplied by; labels [B, N]. The loss is ½ + Σ weight·|cosine|.
 * Written as arithmetic on 0/1 because comparisons that broadcast are some forty times slower on WebAssembly.
 */
function pairWeights(labels: tf.Tensor): tf.Tensor {
  const known = tf.cast(tf.notEqual(labels, 255), 'float32');
  const differs = (x: tf.Tensor) => tf.clipByValue(tf.abs(tf.sub(tf.expandDims(x, -1), tf.expandDims(x, -2))), 0, 1);
  const notItself = differs(tf.range(0, labels.shape[1]!));
  const counted = tf.mul(tf.mul(tf.expandDims(known, -1), tf.expandDims(known, -2)), notItself);
  const different = tf.mul(counted, differs(tf.cast(labels, 'float32')));
  const same = tf.sub(counted, different);
  return tf.sub(tf.mul(different, half(different)), tf.mul(same, half(same)));
}

function half(pairs: tf.Tensor): tf.Tensor {
  return tf.div(0.5, tf.add(tf.sum(pairs), 1));
}

function normalize(tokens: tf.Tensor3D): { unit: tf.Tensor3D; norm: tf.Tensor } {
  const norm = tf.maximum(tf.sqrt(tf.sum(tf.square(tokens), -1, true)), 1e-8);
  return { unit: tf.div(tokens, norm), norm };
}

/** The cosines are computed again rather than kept from the forward pass: [B, N, N] is the largest thing here. */
function gradient(dy: tf.Scalar, tokens: tf.Tensor3D, weights: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { unit, norm } = normalize(tokens);
    const ofCosine = tf.mul(weights, tf.sign(tf.matMul(unit, unit, false, true)));
    const ofUnit = tf.mul(tf.matMul(ofCosine, unit), tf.mul(dy, 2)); // each pair counts from both its ends
    const radial = tf.mul(unit, tf.sum(tf.mul(unit, ofUnit), -1, true));
    return tf.div(tf.sub(ofUnit, radial), norm);
  });
}
