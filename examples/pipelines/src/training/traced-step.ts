import type * as tf from '@tensorflow/tfjs-core';
import { type TracedFunction, type TraceOptions, trace } from '@wsss/engine';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { type StepInputs, type StepPlan, type StepResult, type StepSettings, trainStep } from './losses.js';

interface TracedStep {
  run: TracedFunction<tf.Tensor[], tf.Tensor[]>;
  /** Names of the variables whose gradients it returns, behind the losses. */
  names: string[];
}

/** Traced iterations kept: one for each set of shapes that batches have. */
const kept = 12;

/**
 * {@link trainStep} as traced graphs, on engines that can (`engine.canTrace`): recorded when shapes are new, run on a thread of
 * TensorFlow's after that. Another plan begins anew: a run's schedule does not come back to an earlier one, whose graphs would only take memory.
 */
export class TracedTrainStep {
  /** How many graphs have been recorded. */
  recorded = 0;
  private readonly steps = new Map<string, TracedStep>();
  private plan = '';

  constructor(
    private readonly network: SegmentationNetwork,
    private readonly settings: StepSettings,
    private readonly options: Pick<TraceOptions, 'xla' | 'bfloat16'> = {},
  ) {}

  /** As {@link trainStep}; the caller disposes of the inputs and of the result. One call at a time. */
  async step(inputs: StepInputs, plan: StepPlan): Promise<StepResult> {
    const { run, names } = this.traced(inputs, plan);
    const [losses, ...gradients] = await run.async(...Object.values(inputs));
    return { losses: losses as tf.Tensor1D, gradients: Object.fromEntries(names.map((name, i) => [name, gradients[i]!])) };
  }

  dispose(): void {
    for (const { run } of this.steps.values()) run.dispose();
    this.steps.clear();
  }

  private traced(inputs: StepInputs, plan: StepPlan): TracedStep {
    if (this.plan !== JSON.stringify(plan)) this.dispose();
    this.plan = JSON.stringify(plan);
    const key = JSON.stringify(Object.values(inputs).map(({ shape }) => shape));
    const step = this.steps.get(key) ?? this.record(inputs, plan);
    this.steps.delete(key); // the latest used is the last
    this.steps.set(key, step);
    const [oldest] = this.steps.keys();
    if (this.steps.size > kept) {
      this.steps.get(oldest!)!.run.dispose();
      this.steps.delete(oldest!);
    }
    return step;
  }

  private record(inputs: StepInputs, plan: StepPlan): TracedStep {
    const keys = Object.keys(inputs);
    let names: string[] = [];
    this.recorded++;
    const run = trace(
      (...tensors: tf.Tensor[]) => {
        const symbols = Object.fromEntries(keys.map((key, i) => [key, tensors[i]!])) as unknown as StepInputs;
        const { losses, gradients } = trainStep(this.network, symbols, plan, this.settings);
        names = Object.keys(gradients);
        return [losses, ...Object.values(gradients)];
      },
      Object.values(inputs) as tf.Tensor[],
      { name: 'train_step', ...this.options },
    );
    return { run, names };
  }
}
