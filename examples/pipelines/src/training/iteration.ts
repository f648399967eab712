import * as tf from '@tensorflow/tfjs-core';
import { withHostCalls } from '@wsss/engine';
import { clipGradients, GradientAccumulator, type Gradients, gradientNorm, type Optimizer } from '@wsss/train';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { lossNames, type StepInputs, type StepPlan, type StepResult, type StepSettings, trainStep } from './losses.js';
import type { TracedTrainStep } from './traced-step.js';
import type { TracedUpdate } from './traced-update.js';

/** Losses by name; those that are not yet part of the total are absent. */
export type Losses = Record<string, number>;

/** Gradients of a whole iteration, owned by who holds them, and the losses they come from. */
export interface Reduced {
  gradients: Record<string, tf.Tensor>;
  losses: Losses;
}

/** What iterations work on. */
export interface IterationContext {
  network: SegmentationNetwork;
  optimizer: Optimizer;
  settings: StepSettings;
  /** Run micro-batches and updates as traced graphs, on engines that can. */
  traced?: { step: TracedTrainStep; update: TracedUpdate };
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
  losses: Losses;
  /** Norm of all gradients together, before clipping. */
  gradientNorm: number;
  /** Whether the parameters were updated: they are not if a loss or the norm is NaN or infinite. */
  updated: boolean;
  /** Losses of each micro-batch of this process. */
  parts: Losses[];
  /** If the parameters were not updated: names of those whose gradient holds a NaN or an infinity. */
  notFinite: string[];
}

/**
 * One training iteration: the teacher moves once, the gradients of the micro-batches are averaged, and if all is finite the optimizer
 * takes one step. With one image a micro-batch this is what as many devices with one image each compute together.
 *
 * @param batches makes the micro-batches, one after the other, so that only one is in the engine's memory at a time.
 * @param rate the schedule's factor on the learning rates.
 */
export async function runIteration(
  context: IterationContext,
  batches: readonly (() => StepInputs)[],
  plan: StepPlan,
  rate: number,
): Promise<IterationResult> {
  const { network, reduceGradients = async own => own } = context;
  network.mcc.updateTeacher();
  const accumulator = new GradientAccumulator();
  const parts: Losses[] = [];
  try {
    for (const batch of batches) {
      const step = await microBatchGradients(context, batch(), plan);
      accumulator.add(step.gradients);
      parts.push(await readLosses(step, plan));
    }
    const reduced = await reduceGradients({ gradients: accumulator.take(), losses: meansOf(parts) });
    return { losses: reduced.losses, parts, ...(await guardedUpdate(context, reduced, rate)) };
  } finally {
    accumulator.dispose();
  }
}

/** Losses and gradients of one micro-batch, whose tensors are freed. */
async function microBatchGradients(
  { network, settings, traced }: IterationContext,
  inputs: StepInputs,
  plan: StepPlan,
): Promise<StepResult> {
  try {
    return traced ? await traced.step.step(inputs, plan) : await withHostCalls(() => trainStep(network, inputs, plan, settings));
  } finally {
    tf.dispose(inputs);
  }
}

async function readLosses({ losses }: StepResult, plan: StepPlan): Promise<Losses> {
  const scalars = await losses.data();
  losses.dispose();
  const active = (name: string) => plan.segmentation || (name !== 'segmentation' && name !== 'denseEnergy');
  return Object.fromEntries(lossNames.map((name, i) => [name, scalars[i]!] as const).filter(([name]) => active(name)));
}

function meansOf(parts: readonly Losses[]): Losses {
  const mean = (name: string) => parts.reduce((sum, losses) => sum + losses[name]! / parts.length, 0);
  return Object.fromEntries(Object.keys(parts[0]!).map(name => [name, mean(name)]));
}

/** The optimizer's step, if all is finite. The gradients are freed. */
async function guardedUpdate(
  { network, optimizer, clipNorm, traced }: IterationContext,
  { gradients, losses }: Reduced,
  rate: number,
): Promise<Pick<IterationResult, 'gradientNorm' | 'updated' | 'notFinite'>> {
  const norm = gradientNorm(gradients);
  const [value] = (await norm.data()) as unknown as [number];
  const updated = Number.isFinite(value) && Object.values(losses).every(Number.isFinite);
  const notFinite = updated ? [] : await namesOfNotFinite(gradients, network);
  if (updated) {
    const clipped = clipNorm !== null && value > clipNorm ? clipGradients(gradients, norm, clipNorm) : undefined;
    (traced?.update ?? optimizer).step(clipped ?? gradients, rate);
    if (clipped) tf.dispose(clipped);
  }
  tf.dispose([gradients, norm]);
  return { gradientNorm: value, updated, notFinite };
}

async function namesOfNotFinite(gradients: Gradients, network: SegmentationNetwork): Promise<string[]> {
  const names: string[] = [];
  for (const [name, { name: variable }] of network.trainable()) {
    if (!gradients[variable]) continue;
    const norm = gradientNorm({ [variable]: gradients[variable] });
    if (!Number.isFinite((await norm.data())[0])) names.push(name);
    norm.dispose();
  }
  return names;
}
