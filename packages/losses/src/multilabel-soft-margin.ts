import * as tf from '@tensorflow/tfjs-core';

/**
 * Multilabel soft-margin loss, the mean over classes and images of `−y·log σ(x) − (1 − y)·log σ(−x)`
 * (PyTorch's `multilabel_soft_margin_loss`). It neither overflows nor loses small values for large logits.
 *
 * @param logits image logits [B, C], float32.
 * @param labels image labels [B, C], 0 or 1 (values between are taken as they are); no gradient flows to them.
 * @returns a scalar, to be disposed of by the caller.
 * @throws RangeError if the shapes are not two equal [B, C].
 *
 * @example
 * const loss = multilabelSoftMarginLoss(tf.tensor2d([[0, 4]]), tf.tensor2d([[1, 1]])); // (log 2 + log(1 + e⁻⁴)) / 2
 */
export function multilabelSoftMarginLoss(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  if (logits.rank !== 2 || logits.shape.join() !== labels.shape.join()) {
    throw new RangeError(
      `multilabelSoftMarginLoss: logits are [${logits.shape}] and labels [${labels.shape}], expected two equal shapes [images, classes].`,
    );
  }
  const loss = tf.customGrad((x, save) => {
    const logits = x as tf.Tensor;
    const targets = tf.cast(labels, 'float32');
    (save as tf.GradSaveFunc)([logits, targets]);
    // log(1 + eˣ) − x·y, with nothing but non-positive numbers in the exponent
    const softplus = tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
    const value: tf.Scalar = tf.mean(tf.sub(softplus, tf.mul(logits, targets)));
    const gradFunc = (dy: tf.Scalar, [logits, targets]: tf.Tensor[]) =>
      tf.tidy(() => tf.mul(tf.sub(tf.sigmoid(logits!), targets!), tf.div(dy, logits!.size)));
    return { value, gradFunc };
  });
  return loss(logits);
}
