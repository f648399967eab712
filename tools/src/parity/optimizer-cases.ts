import * as tf from '@tensorflow/tfjs-core';
import { AdamW, cosineWarmup, type Gradients, type ParameterGroup, polynomial, polyWarmup, type Rate, SGD } from '@wsss/train';
import type { Cases } from './check.js';

export const optimizerCases: Cases = {
  /** The three optimizers of the reference program: rates and parameter values after every step, and beyond the last iteration. */
  async optimizers(check) {
    const { lr, betas, power, group_lrs: rates, ...settings } = check.settings;
    const { max_iter: iterations, warmup_iter: warmupIterations, warmup_ratio: warmupRatio, weight_decay: weightDecay } = settings;
    const warmup = { iterations, warmupIterations, warmupRatio };
    const poly = polyWarmup({ ...warmup, power });
    const cosine = cosineWarmup(warmup);
    // The SGD schedule of the reference program multiplies the rates by ten at first and decays from there within the warm-up.
    const sgd = polynomial({ iterations, power, warmupIterations, warmupFactor: 10 });
    const adamw = (groups: ParameterGroup[]) => new AdamW(groups, { beta1: betas[0], beta2: betas[1], epsilon: settings.eps, weightDecay });
    const cases: Record<string, { make: (groups: ParameterGroup[]) => AdamW | SGD; rate: (step: number) => Rate }> = {
      poly_adamw: { make: adamw, rate: poly },
      cos_adamw: { make: adamw, rate: step => learningRate => cosine(step, learningRate) },
      poly_sgd: { make: groups => new SGD(groups, { momentum: settings.sgd_momentum, weightDecay }), rate: sgd },
    };
    const recorded = [check.tensor('grads0'), check.tensor('grads1')];
    const stepCount = recorded[0]!.shape[0]!;
    for (const [name, { make, rate }] of Object.entries(cases)) {
      const variables = [0, 1].map(i => tf.variable(check.tensor(`param${i}`)));
      const optimizer = make(
        variables.map((variable, i) => ({
          name: `group ${i}`,
          variables: new Map([[`param${i}`, variable]]),
          learningRate: rates[i] ?? lr,
        })),
      );
      const history: number[][] = [[], []];
      const used: number[][] = [];
      for (let step = 0; step < stepCount; step++) {
        const gradients: Gradients = Object.fromEntries(
          variables.map((variable, i) => [variable.name, tf.squeeze(tf.slice(recorded[i]!, step, 1), [0])]),
        );
        const now = rate(step);
        used.push(rates.map((learningRate: number) => (typeof now === 'number' ? now * learningRate : now(learningRate))));
        optimizer.step(gradients, now);
        for (const [i, variable] of variables.entries()) history[i]!.push(...(await variable.data()));
      }
      check.values(`${name}.lr`, used.flat(), { reference: (check.golden.values[`${name}.lr`] as number[][]).flat() });
      for (const [i, values] of history.entries()) check.values(`${name}.param${i}_after`, values);
      optimizer.dispose();
      for (const variable of variables) variable.dispose();
    }
  },
};
