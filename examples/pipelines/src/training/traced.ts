import * as tf from '@tensorflow/tfjs-core';
import { type TracedFunction, TracedGraphs, type TraceOptions, trace } from '@wsss/engine/graphs';
import type { Gradients, Optimizer, Rate } from '@wsss/train/optimizers';

/** What a step gives: scalars and gradients by name, and what else is to be looked at. */
export interface StepOutcome {
  losses: Record<string, tf.Scalar>;
  gradients: Record<string, tf.Tensor>;
  observed?: tf.Tensor;
}

interface TracedResult {
  run: TracedFunction<tf.Tensor[], tf.Tensor[]>;
  dispose(): void;
  /** Names of what it returns: first the losses, then the variables that have gradients; then what is observed. */
  losses: string[];
  gradients: string[];
}

/**
 * A step as traced graphs, on engines that can (`engine.canTrace`): recorded when shapes are new, run on a thread of TensorFlow's after
 * that. Another plan begins anew: a run's schedule does not come back to an earlier one, whose graphs would only take memory.
 */
export class TracedStep<Inputs extends Record<string, tf.Tensor>, Plan> {
  /** How many graphs have been recorded. */
  recorded = 0;
  private readonly graphs = new TracedGraphs<TracedResult>(12);
  private plan = '';

  constructor(
    private readonly step: (inputs: Inputs, plan: Plan) => StepOutcome,
    private readonly options: Pick<TraceOptions, 'xla' | 'bfloat16'> = {},
  ) {}

  /** As the step; the caller disposes of the inputs and of the result. One call at a time. */
  async run(inputs: Inputs, plan: Plan): Promise<StepOutcome> {
    if (this.plan !== JSON.stringify(plan)) this.graphs.dispose();
    this.plan = JSON.stringify(plan);
    const key = JSON.stringify(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
    const { run, losses, gradients } = this.graphs.get(key, () => this.record(inputs, plan));
    const results = await run.async(...Object.values(inputs));
    return {
      losses: Object.fromEntries(losses.map((name, i) => [name, results[i] as tf.Scalar])),
      gradients: Object.fromEntries(gradients.map((name, i) => [name, results[losses.length + i]!])),
      observed: results[losses.length + gradients.length],
    };
  }

  dispose(): void {
    this.graphs.dispose();
  }

  private record(inputs: Inputs, plan: Plan): TracedResult {
    const keys = Object.keys(inputs);
    let names = { losses: [] as string[], gradients: [] as string[] };
    this.recorded++;
    const run = trace(
      (...tensors: tf.Tensor[]) => {
        const symbols = Object.fromEntries(keys.map((key, i) => [key, tensors[i]!])) as Inputs;
        const { losses, gradients, observed } = this.step(symbols, plan);
        names = { losses: Object.keys(losses), gradients: Object.keys(gradients) };
        return [...Object.values(losses), ...Object.values(gradients), ...(observed ? [observed] : [])];
      },
      Object.values(inputs) as tf.Tensor[],
      { name: 'step', ...this.options },
    );
    return { run, dispose: () => run.dispose(), ...names };
  }
}

/** An optimizer's update as a traced graph, on engines that can: one call instead of a dozen operations a parameter. */
export class TracedUpdate {
  /** By the names of the variables that have gradients: before its time, the decoder has none. */
  private readonly graphs = new TracedGraphs(4);

  constructor(private readonly optimizer: Optimizer) {}

  /** As `optimizer.step`: the gradients stay the caller's. */
  step(gradients: Gradients, rate: Rate): void {
    const names = Object.keys(gradients);
    const inputs = this.optimizer.nextStep(rate, names);
    const tensors = [...Object.values(inputs), ...Object.values(gradients)];
    const update = this.graphs.get(names.join(' '), () => this.record(names, Object.keys(inputs), tensors));
    tf.dispose([update(...tensors), inputs]);
  }

  dispose(): void {
    this.graphs.dispose();
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
