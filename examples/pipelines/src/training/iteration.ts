import * as tf from '@tensorflow/tfjs-core';
import { type TraceOptions, withHostCalls } from '@wsss/engine/graphs';
import { clipGradients, GradientAccumulator, type Gradients, gradientNorm, type Optimizer, type Rate } from '@wsss/train/optimizers';
import { type StepOutcome, TracedStep, TracedUpdate } from './traced.js';

/** Gradients of a whole iteration, owned by who holds them, and the losses that they come from. */
export interface Reduced {
  gradients: Record<string, tf.Tensor>;
  /** By name; those that are not yet part of the total are absent. */
  losses: Record<string, number>;
}

/** Makes a micro-batch. */
type Batch<Inputs> = () => Inputs | Promise<Inputs>;

/** What iterations are made of. */
export interface IterationParts<Inputs extends Record<string, tf.Tensor>, Plan> {
  /** Losses, `total` among them, and its gradients by variable name, of one micro-batch. */
  step: (inputs: Inputs, plan: Plan) => StepOutcome;
  /** Sees the values of what a step lets be observed: one row an image. */
  observe?: (values: Float32Array, images: number) => void;
  optimizer: Optimizer;
  /** What is trained, by the names that messages use. */
  trainable: ReadonlyMap<string, tf.Variable>;
  /** Moves what moves once an iteration, before its micro-batches: a teacher. */
  begin?: () => void;
  /** Run steps and updates as traced graphs, on engines that can, and how; null: operation by operation. */
  tracing: Pick<TraceOptions, 'xla' | 'bfloat16'> | null;
  /** Gradients whose norm is above this are scaled down to it; null: as they are. */
  clipNorm: number | null;
  /**
   * Where several processes train together: takes the means over this process's micro-batches, and gives the means over all processes.
   * NaN and infinities must come through, in gradients and in losses, so that all processes decide alike.
   */
  reduceGradients?: (own: Reduced) => Promise<Reduced>;
}

export interface IterationResult {
  /** Means over the micro-batches. */
  losses: Record<string, number>;
  /** Norm of all gradients together, before clipping. */
  gradientNorm: number;
  /** Whether the parameters were updated: they are not if a loss or the norm is NaN or infinite. */
  updated: boolean;
  /** Losses of each micro-batch of this process. */
  parts: Record<string, number>[];
  /** If the parameters were not updated: names of those whose gradient holds a NaN or an infinity. */
  notFinite: string[];
}

/**
 * Training iterations: the teacher moves once, the gradients of the micro-batches are averaged, and if all is finite the optimizer takes
 * one step. With one image a micro-batch this is what as many devices with one image each compute together.
 */
export class Iterations<Inputs extends Record<string, tf.Tensor>, Plan> {
  private readonly traced?: { step: TracedStep<Inputs, Plan>; update: TracedUpdate };

  constructor(private readonly parts: IterationParts<Inputs, Plan>) {
    const { step, optimizer, tracing } = parts;
    if (tracing) this.traced = { step: new TracedStep(step, tracing), update: new TracedUpdate(optimizer) };
  }

  /**
   * One iteration.
   *
   * @param batches makes the micro-batches, one after the other, so that only one is in the engine's memory at a time; they are freed here.
   * @param rate the schedule's factor on the learning rates.
   */
  async run(batches: readonly Batch<Inputs>[], plan: Plan, rate: Rate): Promise<IterationResult> {
    const { parts, ...own } = await this.gradients(batches, plan);
    const reduced = (await this.parts.reduceGradients?.(own)) ?? own;
    return { losses: reduced.losses, parts, ...(await this.update(reduced, rate)) };
  }

  /** The first half: moves the teacher, and gives the means over this process's micro-batches. */
  async gradients(batches: readonly Batch<Inputs>[], plan: Plan): Promise<Reduced & Pick<IterationResult, 'parts'>> {
    this.parts.begin?.();
    const accumulator = new GradientAccumulator();
    const parts: Record<string, number>[] = [];
    try {
      for (const batch of batches) {
        const { gradients, losses, observed } = await this.step(await batch(), plan);
        accumulator.add(gradients);
        if (observed) this.parts.observe?.((await observed.data()) as Float32Array, observed.shape[0]!);
        observed?.dispose();
        parts.push(await valuesOf(losses));
      }
      return { gradients: accumulator.take(), losses: meansOf(parts), parts };
    } finally {
      accumulator.dispose();
    }
  }

  /** The second half: the optimizer's step, if all is finite. The gradients are freed. */
  async update({ gradients, losses }: Reduced, rate: Rate): Promise<Pick<IterationResult, 'gradientNorm' | 'updated' | 'notFinite'>> {
    const { optimizer, clipNorm } = this.parts;
    const norm = gradientNorm(gradients);
    const [value] = (await norm.data()) as unknown as [number];
    const updated = Number.isFinite(value) && Object.values(losses).every(Number.isFinite);
    const notFinite = updated ? [] : await this.namesOfNotFinite(gradients);
    if (updated) {
      const clipped = clipNorm !== null && value > clipNorm ? clipGradients(gradients, norm, clipNorm) : undefined;
      (this.traced?.update ?? optimizer).step(clipped ?? gradients, rate);
      if (clipped) tf.dispose(clipped);
    }
    tf.dispose([gradients, norm]);
    return { gradientNorm: value, updated, notFinite };
  }

  /**
   * Seconds that the gradients of a micro-batch take: where graphs are recorded, once that is done. Nothing is learned.
   *
   * @param batch makes the micro-batch, which is freed here.
   */
  async rehearse(batch: Batch<Inputs>, plan: Plan): Promise<number> {
    let seconds = 0;
    for (let time = 0; time < (this.traced ? 2 : 1); time++) {
      const begun = performance.now();
      const { losses, ...rest } = await this.step(await batch(), plan);
      await valuesOf(losses);
      tf.dispose(rest);
      seconds = (performance.now() - begun) / 1000;
    }
    return seconds;
  }

  /** Frees the traced graphs. */
  dispose(): void {
    this.traced?.step.dispose();
    this.traced?.update.dispose();
  }

  private async step(inputs: Inputs, plan: Plan) {
    try {
      return this.traced ? await this.traced.step.run(inputs, plan) : await withHostCalls(() => this.parts.step(inputs, plan));
    } finally {
      tf.dispose(inputs);
    }
  }

  private async namesOfNotFinite(gradients: Gradients): Promise<string[]> {
    const names: string[] = [];
    for (const [name, { name: variable }] of this.parts.trainable) {
      if (!gradients[variable]) continue;
      const norm = gradientNorm({ [variable]: gradients[variable] });
      if (!Number.isFinite((await norm.data())[0])) names.push(name);
      norm.dispose();
    }
    return names;
  }
}

/** The values of scalars, which are freed. */
async function valuesOf(losses: Record<string, tf.Scalar>): Promise<Record<string, number>> {
  const values = await Promise.all(Object.values(losses).map(async loss => (await loss.data())[0]!));
  tf.dispose(losses);
  return Object.fromEntries(Object.keys(losses).map((name, i) => [name, values[i]!]));
}

function meansOf(parts: readonly Record<string, number>[]): Record<string, number> {
  const mean = (name: string) => parts.reduce((sum, losses) => sum + losses[name]! / parts.length, 0);
  return Object.fromEntries(Object.keys(parts[0]!).map(name => [name, mean(name)]));
}
