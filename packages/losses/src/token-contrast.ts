import * as tf from '@tensorflow/tfjs-core';
import { detach, requireRank } from '@wsss/ops';

export interface ContrastOptions {
  /** τ. Default 0.5. */
  temperature?: number;
  /** Added to sums of exponentials and to the number of positives. Default 1e-4. */
  epsilon?: number;
}

/**
 * The contrast of class tokens of ToCo (Ru et al., CVPR 2023, section 3.4) and, with masked views in the place of crops, of MCC (Wu et al.,
 * WACV 2024, equation 6): positive views shall be like the whole image, negative ones not. By log-sum-exp, so that large outputs do not
 * overflow.
 *
 * With z[t, j] = T_t·S_j / τ, the negatives' N_t = Σ_neg exp z[t, j] and c_t = log(N_t + ε), an image contributes
 * Σ_t (Σ_pos softplus(c_t − z[t, j]) + softplus(c_t)) / 2 / (n_pos + ε): the terms −log(E / (E + N + ε)) of the positives, and
 * −log(1 / (1 + N + ε)) once, always.
 *
 * @param student float32 [S·B, D]: outputs for the S views, view-major.
 * @param teacher float32 [2·B, D]: outputs for the two global views, view-major. No gradient flows to it.
 * @param flags float32 [B, S]: 1 = positive view, 0 = negative.
 * @returns The mean over images, a scalar.
 * @throws Error when the shapes do not fit.
 *
 * @example
 * const flags = tf.tensor2d([[1, 1, 1, 0]]); // one image: two global views, a positive crop, a negative one
 * const loss = classTokenContrastLoss(student, teacher, flags); // outputs [4, 1024] and [2, 1024]
 */
export function classTokenContrastLoss(student: tf.Tensor, teacher: tf.Tensor, flags: tf.Tensor, options: ContrastOptions = {}): tf.Scalar {
  const { temperature = 0.5, epsilon = 1e-4 } = options;
  requireRank(student, 2, 'classTokenContrastLoss: student');
  requireRank(flags, 2, 'classTokenContrastLoss: flags');
  const [batch, views] = flags.shape;
  const [, size] = student.shape;
  if (student.shape[0] !== views * batch)
    throw new Error(`classTokenContrastLoss: student has ${student.shape[0]} rows, expected ${views} views × ${batch} images`);
  if (teacher.shape[0] !== 2 * batch || teacher.shape[1] !== size)
    throw new Error(`classTokenContrastLoss: teacher has shape [${teacher.shape}], expected [${2 * batch}, ${size}]`);
  return tf.tidy(() => {
    const perImage = (x: tf.Tensor, count: number) => tf.transpose(tf.reshape(x, [count, batch, size]), [1, 0, 2]);
    const logits = tf.mul(tf.matMul(perImage(detach(teacher), 2), perImage(student, views), false, true), 1 / temperature); // [B, 2, S]
    const positive = tf.reshape(flags, [batch, 1, views]);
    const negative = tf.sub(1, positive);
    // Positives leave the sum over negatives: their exponent becomes so small that exp gives 0.
    const negatives = tf.sub(tf.mul(logits, negative), tf.mul(positive, 1e30));
    const floor = tf.fill([batch, 2, 1], Math.log(epsilon));
    const logNegatives = tf.logSumExp(tf.concat([negatives, floor], 2), 2, true); // [B, 2, 1]
    const ofPositives = tf.sum(tf.mul(tf.softplus(tf.sub(logNegatives, logits)), positive), [1, 2]);
    const always = tf.sum(tf.softplus(logNegatives), [1, 2]);
    const count = tf.add(tf.sum(flags, 1), epsilon);
    return tf.mean(tf.div(tf.add(ofPositives, always), tf.mul(count, 2))) as tf.Scalar;
  });
}

/**
 * What {@link classTokenContrastLoss} is for outputs that say nothing: all dot products 0, so that no view is told from another. With n
 * negative views of an image, each positive one and the constant term give log(1 + n): (n_pos + 1) · log(1 + n + ε) / (n_pos + ε). A
 * contrast that stays above it has learned nothing of what the flags ask for.
 *
 * @param flags float32 [B, S]: 1 = positive view, 0 = negative.
 * @returns The mean over images, a scalar.
 */
export function contrastByChance(flags: tf.Tensor2D, { epsilon = 1e-4 }: Pick<ContrastOptions, 'epsilon'> = {}): tf.Scalar {
  return tf.tidy(() => {
    const positive = tf.sum(flags, 1);
    const negative = tf.sub(flags.shape[1], positive);
    const ofEach = tf.log(tf.add(negative, 1 + epsilon));
    return tf.mean(tf.div(tf.mul(tf.add(positive, 1), ofEach), tf.add(positive, epsilon))) as tf.Scalar;
  });
}
