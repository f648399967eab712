import * as tf from '@tensorflow/tfjs-core';

/**
 * Segmentation loss with equal shares for background and foreground: with CE the cross-entropy of a pixel,
 *
 * `½·mean(CE over pixels labeled 0) + ½·mean(CE over pixels labeled 1 … K−1)`
 *
 * where a mean over no pixel is 0. The gradient is `share·(softmax − one-hot)`, computed from the logits alone, so that nothing of the
 * size of the logits is kept between the passes.
 *
 * Anything of the size of the logits is freed as soon as it is used (the inner tidies): at 448² pixels that size is what counts.
 *
 * @param logits [B, H, W, K] float32.
 * @param labels [B, H, W] int32; 0 = background. 255 = ignore, and so is everything else outside 0 … K−1. No gradient flows to them.
 * @returns a scalar, to be disposed of by the caller.
 * @throws RangeError if the shapes do not fit.
 *
 * @example
 * const loss = segmentationLoss(interpolate(logits, [height, width], { mode: 'bilinear' }), labels); // interpolate of @wsss/ops
 */
export function segmentationLoss(logits: tf.Tensor, labels: tf.Tensor): tf.Scalar {
  if (logits.rank !== 4 || labels.rank !== 3 || logits.shape.slice(0, 3).join() !== labels.shape.join())
    throw new RangeError(
      `segmentationLoss: logits are [${logits.shape}] and labels [${labels.shape}], expected [B, H, W, K] and [B, H, W];` +
        ' resize the logits to the size of the labels before.',
    );
  const loss = tf.customGrad((x, save) => {
    const logits = x as tf.Tensor;
    const numClasses = logits.shape[3]!;
    const [shares, ofLabel] = tf.tidy(() => {
      const targets = oneHot(labels, numClasses);
      return [pixelShares(targets), tf.sum(tf.mul(logits, targets), -1)] as const;
    }) as [tf.Tensor, tf.Tensor];
    const crossEntropy = tf.sub(tf.logSumExp(logits, -1), ofLabel);
    const value: tf.Scalar = tf.sum(tf.sum(tf.mul(shares, crossEntropy), -1));
    // The labels are saved too: their caller may dispose of them before the gradient is computed.
    (save as tf.GradSaveFunc)([logits, shares, labels]);
    const gradFunc = (dy: tf.Scalar, [logits, shares, labels]: tf.Tensor[]) =>
      tf.tidy(() => {
        const ofPixel = tf.tidy(() => {
          const targets = oneHot(labels!, numClasses);
          return tf.sub(tf.softmax(logits!), targets);
        });
        return tf.mul(ofPixel, tf.expandDims(tf.mul(shares!, dy), -1));
      });
    return { value, gradFunc };
  });
  return tf.tidy(() => loss(logits));
}

/** [B, H, W, K] of 0 and 1; all 0 where the label is no class. Asked for float32 at once, the wasm backend writes the bits of integers. */
function oneHot(labels: tf.Tensor, numClasses: number): tf.Tensor {
  return tf.tidy(() => tf.cast(tf.oneHot(tf.cast(labels, 'int32'), numClasses), 'float32'));
}

/** Of [B, H, W]: what each pixel's cross-entropy is multiplied by; they add up to ½ over the background and ½ over the foreground. */
function pixelShares(targets: tf.Tensor): tf.Tensor {
  const background = tf.squeeze(tf.slice(targets, [0, 0, 0, 0], [-1, -1, -1, 1]), [3]);
  const foreground = tf.sub(tf.sum(targets, -1), background);
  return tf.add(tf.mul(background, shareOf(background)), tf.mul(foreground, shareOf(foreground)));
}

function shareOf(pixels: tf.Tensor): tf.Tensor {
  return tf.div(0.5, tf.maximum(tf.sum(pixels), 1));
}
