import * as tf from '@tensorflow/tfjs-core';
import { type Numbers, Optimizer, type Parameter, type ParameterGroup } from './optimizer.js';

export interface AdamWOptions {
  /** Decay of the mean of the gradients, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of their squares, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment. Default 1e-8. */
  epsilon?: number;
  /** Decoupled weight decay of groups that do not set their own. Default 0.01. */
  weightDecay?: number;
}

/** The numbers of one step, one entry a parameter: the rate, 1 − β₁ᵗ and 1 − β₂ᵗ, where t counts that parameter's steps. */
export type AdamWInputs = Record<'rates' | 'biasCorrection1' | 'biasCorrection2', tf.Tensor1D>;

/**
 * AdamW (Loshchilov & Hutter 2019) with parameter groups, step for step as `torch.optim.AdamW`:
 *
 * `p ← p·(1 − rate·decay)`, `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²`,
 * `p ← p − rate · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)`
 *
 * Slots are called `<parameter>.exp_avg` and `<parameter>.exp_avg_sq`.
 *
 * @example
 * const optimizer = new AdamW([
 *   { name: 'encoder', variables: encoder.trainable(), learningRate: 6e-5 },
 *   { name: 'heads', variables: heads.trainable(), learningRate: 6e-4 },
 * ]);
 * const factor = polyWarmup({ iterations: 20_000, warmupIterations: 1_500 });
 * const { value, grads } = tf.variableGrads(loss);
 * optimizer.step(grads, factor(iteration));
 * tf.dispose([value, grads]);
 */
export class AdamW extends Optimizer<AdamWInputs> {
  private readonly settings: { beta1: number; beta2: number; epsilon: number };

  /** @throws RangeError if a group is empty of variables, a variable occurs twice, or a number is out of its range. */
  constructor(groups: readonly ParameterGroup[], options: AdamWOptions = {}) {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
    const inRange = (beta: number) => beta >= 0 && beta < 1;
    if (!inRange(beta1) || !inRange(beta2) || !(epsilon >= 0))
      throw new RangeError(`AdamW: beta1 is ${beta1}, beta2 ${beta2}, epsilon ${epsilon}; expected betas in [0, 1) and epsilon ≥ 0.`);
    super(groups, weightDecay, ['exp_avg', 'exp_avg_sq']);
    this.settings = { beta1, beta2, epsilon };
  }

  protected override inputs(rates: number[], steps: readonly number[]): AdamWInputs {
    const { beta1, beta2 } = this.settings;
    // A parameter that has not stepped yet is not updated either; 1 keeps its unused entry from being a division by 0.
    const correction = (beta: number) => tf.tensor1d(steps.map(step => (step === 0 ? 1 : 1 - beta ** step)));
    return { rates: tf.tensor1d(rates), biasCorrection1: correction(beta1), biasCorrection2: correction(beta2) };
  }

  protected override update(parameter: Parameter, gradient: tf.Tensor, numbers: Numbers<AdamWInputs>, inputs: AdamWInputs, index: number) {
    const { beta1, beta2, epsilon } = this.settings;
    const { variable, weightDecay } = parameter;
    const mean = this.slot(parameter, 'exp_avg');
    const square = this.slot(parameter, 'exp_avg_sq');
    // A kernel of @wsss/wasm-kernels: one pass over the parameter.
    if (tf.getKernel('WsssAdamW', tf.getBackend())) {
      const attrs = { index, beta1, beta2, epsilon, weightDecay };
      const updated = tf.engine().runKernel('WsssAdamW', { parameter: variable, gradient, mean, square, ...inputs }, attrs) as tf.Tensor[];
      [variable, mean, square].forEach((target, i) => {
        target.assign(updated[i]!);
      });
      return;
    }
    mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
    square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
    const root = tf.add(tf.div(tf.sqrt(square), tf.sqrt(numbers.biasCorrection2)), epsilon);
    const update = tf.mul(tf.div(numbers.rates, numbers.biasCorrection1), tf.div(mean, root));
    const decayed = weightDecay === 0 ? variable : tf.mul(variable, tf.sub(1, tf.mul(numbers.rates, weightDecay)));
    variable.assign(tf.sub(decayed, update));
  }
}
