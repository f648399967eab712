import * as tf from '@tensorflow/tfjs-core';
import { type Numbers, Optimizer, type Parameter, type ParameterGroup } from './optimizer.js';

export interface SGDOptions {
  /** Share of the last update that is kept, in [0, 1). Default 0.9. */
  momentum?: number;
  /** Weight decay, added to the gradient, of groups that do not set their own. Default 0. */
  weightDecay?: number;
}

/** The rate of one step, one entry a parameter. */
export type SGDInputs = Record<'rates', tf.Tensor1D>;

/**
 * Stochastic gradient descent with momentum and parameter groups, as `torch.optim.SGD`:
 * `b ← momentum·b + g + decay·p`, `p ← p − rate·b`. The slot is called `<parameter>.momentum_buffer`.
 *
 * @example
 * const optimizer = new SGD([{ name: 'all', variables: model.trainable(), learningRate: 0.01 }], { momentum: 0.9, weightDecay: 1e-4 });
 */
export class SGD extends Optimizer<SGDInputs> {
  readonly momentum: number;

  /** @throws RangeError if a group is empty of variables, a variable occurs twice, or a number is out of its range. */
  constructor(groups: readonly ParameterGroup[], options: SGDOptions = {}) {
    const { momentum = 0.9, weightDecay = 0 } = options;
    if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`SGD: momentum is ${momentum}, expected a number in [0, 1).`);
    super(groups, weightDecay, ['momentum_buffer']);
    this.momentum = momentum;
  }

  protected override inputs(rates: number[]): SGDInputs {
    return { rates: tf.tensor1d(rates) };
  }

  protected override update(parameter: Parameter, gradient: tf.Tensor, { rates: rate }: Numbers<SGDInputs>): void {
    const { variable, weightDecay } = parameter;
    const buffer = this.slot(parameter, 'momentum_buffer');
    const descent = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(variable, weightDecay));
    buffer.assign(tf.add(tf.mul(buffer, this.momentum), descent));
    variable.assign(tf.sub(variable, tf.mul(buffer, rate)));
  }
}
