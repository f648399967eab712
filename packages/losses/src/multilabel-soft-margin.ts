import * as tf from '@tensorflow/tfjs-core';

/**
 * Multilabel soft-margin loss, the mean over classes and images of `−w·y·log σ(x) − (1 − y)·log σ(−x)`; with w = 1 PyTorch's
 * `multilabel_soft_margin_loss`, else the mean of its `binary_cross_entropy_with_logits` with `pos_weight`. It neither overflows nor
 * loses small values for large logits.
 *
 * @param logits image logits [B, C], float32.
 * @param labels image labels [B, C], 0 or 1 (values between are taken as they are); no gradient flows to them.
 * @param positiveWeight w: what classes that are there count for. With 1 a logit passes 0 where a class is likelier there than not.
 * @returns a scalar, to be disposed of by the caller.
 * @throws RangeError if the shapes are not two equal [B, C], or positiveWeight is not above 0.
 *
 * @example
 * const loss = multilabelSoftMarginLoss(tf.tensor2d([[0, 4]]), tf.tensor2d([[1, 1]])); // (log 2 + log(1 + e⁻⁴)) / 2
 */
export function multilabelSoftMarginLoss(logits: tf.Tensor, labels: tf.Tensor, positiveWeight = 1): tf.Scalar {
  if (logits.rank !== 2 || logits.shape.join() !== labels.shape.join()) {
    throw new RangeError(
      `multilabelSoftMarginLoss: logits are [${logits.shape}] and labels [${labels.shape}], expected two equal shapes [images, classes].`,
    );
  }
  if (!(positiveWeight > 0 && Number.isFinite(positiveWeight)))
    throw new RangeError(`multilabelSoftMarginLoss: positiveWeight is ${positiveWeight}, expected a number above 0.`);
  const loss = tf.customGrad((x, save) => {
    const logits = x as tf.Tensor;
    const targets = tf.cast(labels, 'float32');
    // (1 + (w − 1)·y)·log(1 + eˣ) − w·x·y, with nothing but non-positive numbers in the exponent
    const softplus = tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
    const present = tf.mul(targets, positiveWeight);
    const counted = tf.add(tf.mul(targets, positiveWeight - 1), 1);
    (save as tf.GradSaveFunc)([logits, present, counted]);
    const value: tf.Scalar = tf.mean(tf.sub(tf.mul(counted, softplus), tf.mul(logits, present)));
    const gradFunc = (dy: tf.Scalar, [logits, present, counted]: tf.Tensor[]) =>
      tf.tidy(() => tf.mul(tf.sub(tf.mul(counted!, tf.sigmoid(logits!)), present!), tf.div(dy, logits!.size)));
    return { value, gradFunc };
  });
  return loss(logits);
}
