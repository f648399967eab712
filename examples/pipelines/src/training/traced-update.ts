import * as tf from '@tensorflow/tfjs-core';
import { type TracedFunction, trace } from '@wsss/engine';
import type { Gradients, Optimizer } from '@wsss/train';

/** An optimizer's update as a traced graph, on engines that can (`engine.canTrace`): one call instead of a dozen operations a parameter. */
export class TracedUpdate {
  /** By the names of the variables that have gradients: before its time, the decoder has none. */
  private readonly updates = new Map<string, TracedFunction>();

  constructor(private readonly optimizer: Optimizer) {}

  /** As `optimizer.step`: the gradients stay the caller's. */
  step(gradients: Gradients, rate: number): void {
    const names = Object.keys(gradients);
    const inputs = this.optimizer.nextStep(rate, names);
    const tensors = [...Object.values(inputs), ...Object.values(gradients)];
    const key = names.join(' ');
    const update = this.updates.get(key) ?? this.record(names, Object.keys(inputs), tensors);
    this.updates.set(key, update);
    tf.dispose([update(...tensors), inputs]);
  }

  dispose(): void {
    for (const update of this.updates.values()) update.dispose();
    this.updates.clear();
  }

  private record(names: string[], inputNames: string[], tensors: tf.Tensor[]): TracedFunction {
    return trace(
      (...given: tf.Tensor[]) => {
        const inputs = Object.fromEntries(inputNames.map((name, i) => [name, given[i]!]));
        const gradients = Object.fromEntries(names.map((name, i) => [name, given[inputNames.length + i]!]));
        this.optimizer.applyGradients(gradients, inputs as Parameters<Optimizer['applyGradients']>[1]);
        return tf.scalar(0);
      },
      tensors,
      { name: 'update' },
    );
  }
}
