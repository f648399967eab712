import * as tf from '@tensorflow/tfjs-core';

/**
 * Adds up the gradients of several micro-batches, for batches that do not fit into memory at once.
 *
 * @example
 * for (const part of parts) {
 *   const { value, grads } = tf.variableGrads(() => loss(part));
 *   accumulator.add(grads);
 *   value.dispose();
 * }
 * const gradients = accumulator.take();
 * optimizer.step(gradients, factor);
 * tf.dispose(gradients);
 */
export class GradientAccumulator {
  private sums: Record<string, tf.Tensor> = {};
  private added = 0;

  /**
   * Adds the gradients of one micro-batch and takes them over: the caller must neither use nor dispose of them afterwards.
   * A variable without a gradient in this micro-batch counts as 0.
   *
   * @throws RangeError if a gradient has another shape than the one before; nothing is added then.
   */
  add(gradients: Readonly<Record<string, tf.Tensor>>): void {
    for (const [name, gradient] of Object.entries(gradients)) {
      const sum = this.sums[name];
      if (sum && sum.shape.join() !== gradient.shape.join())
        throw new RangeError(`GradientAccumulator: the gradient of '${name}' has shape [${gradient.shape}], before it was [${sum.shape}].`);
    }
    for (const [name, gradient] of Object.entries(gradients)) {
      const sum = this.sums[name];
      this.sums[name] = tf.keep(sum ? tf.add(sum, gradient) : gradient);
      if (sum) tf.dispose([sum, gradient]);
    }
    this.added += 1;
  }

  /**
   * Hands over the mean over the micro-batches (the gradient of the whole batch when its loss is a mean over equal parts) and starts
   * again from nothing; the caller disposes of the tensors.
   *
   * @throws Error if nothing was added.
   */
  take(): Record<string, tf.Tensor> {
    if (this.added === 0) throw new Error('GradientAccumulator: take() before any gradients were added.');
    const { sums, added } = this;
    this.sums = {};
    this.added = 0;
    if (added === 1) return sums;
    const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, tf.div(sum, added)]));
    tf.dispose(sums);
    return means;
  }

  /** Frees what was added and not taken. */
  dispose(): void {
    tf.dispose(this.sums);
    this.sums = {};
    this.added = 0;
  }
}
