import * as tf from '@tensorflow/tfjs-core';
import { LatticeEngine } from '@wsss/crf';
import type { TraceOptions } from '@wsss/engine/graphs';
import { AdamW, polyWarmup } from '@wsss/train/optimizers';
import { createNetwork } from '../network/create.js';
import { parameterGroups } from '../network/parameter-groups.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { planAt, type Schedule, type ScheduleShares, type StepPlan, scheduleOf } from '../recipes/schedule.js';
import type { Carried } from '../run/checkpoint-content.js';
import { RunThresholds, strongestValues } from './cam-thresholds.js';
import { latticeFilter } from './dense-energy.js';
import { type IterationParts, type IterationResult, Iterations } from './iteration.js';
import { type StepLabels, trainStep } from './losses.js';
import { type AnyEngine, recomputeToFit } from './memory-estimate.js';
import { prepareBatch } from './prepare-batch.js';
import { SlowTeacher } from './slow-teacher.js';
import { type StepInputs, type StepSettings, stepInputs } from './step-inputs.js';
import type { MicroBatch } from './training-input.js';

export interface IterationSetup {
  network: SegmentationNetwork;
  recipe: Recipe;
  /** Where the schedule's points lie in a run of the recipe. */
  shares: ScheduleShares;
  engine: AnyEngine;
  /** What a run that goes on carried with it, see {@link StartedIterations.carried}. */
  carried?: Carried;
  /** Compute blocks again in the backward pass even if the recipe does not ask for it and memory does not. */
  recompute?: boolean;
  /** Bytes that an iteration may take. Default: what the engine has. */
  memory?: number;
  /** How graphs are traced; null: run operation by operation. Default: traced on engines that can, in the recipe's precision. */
  tracing?: Pick<TraceOptions, 'xla' | 'bfloat16'> | null;
  reduceGradients?: IterationParts<StepInputs, StepPlan>['reduceGradients'];
}

/** What the iterations of a run share. */
export interface StartedIterations {
  iterations: Iterations<StepInputs, StepPlan>;
  /** What is saved beside the network, so that a run goes on as if it had never stopped. */
  carried(): Promise<Carried>;
  settings: StepSettings;
  schedule: Schedule;
  /** Trainable values of the network. */
  values: number;
  /** The schedule's plan for an iteration, counted from 0. */
  plan(iteration: number): StepPlan;
  /** The schedule's factor on the learning rates. */
  rate(iteration: number): number;
  /** One iteration on what the loader gives. */
  iterate(parts: readonly MicroBatch[], iteration: number): Promise<IterationResult>;
  /** Frees all but the network. */
  dispose(): void;
}

/**
 * Sets up the iterations of MCC: optimizer, schedule, the lattice's threads, and traced graphs on engines that can. All that trains or
 * measures a network by a recipe starts here.
 *
 * @throws RangeError if an iteration does not fit into memory. @throws Error if the engine does not have the recipe's precision.
 */
export async function startIterations(setup: IterationSetup): Promise<StartedIterations> {
  const { network, recipe, engine, tracing, reduceGradients } = setup;
  const trainable = network.trainable();
  const values = [...trainable.values()].reduce((sum, { size }) => sum + size, 0);
  const bfloat16 = recipe.precision === 'bfloat16';
  const backbone = backboneOf(recipe);
  const recompute = recomputeToFit(engine, recipe, backbone, network.classes, values, setup.memory) || (setup.recompute ?? false);
  if (bfloat16 && !engine.canTrace) throw new Error(`precision bfloat16 needs the native or cuda engine, and ${engine.name} is running`);

  const { weightDecay, beta1, beta2, warmupRatio, power, clipNorm } = recipe.optimizer;
  const optimizer = new AdamW(parameterGroups(network, recipe.optimizer), { beta1, beta2, weightDecay });
  if (setup.carried) optimizer.load(setup.carried.optimizer);
  const schedule = scheduleOf(recipe, setup.shares);
  const { warmupIterations } = schedule;
  const rate = polyWarmup({ iterations: recipe.iterations, warmupIterations, warmupRatio, power });
  const lattice = await LatticeEngine.start({ threads: Math.min(engine.threads, 8) });
  const settings: StepSettings = { ...recipe, recompute, normalization: backbone, filter: latticeFilter(lattice) };
  const thresholds = new RunThresholds(recipe);
  const slowTeacher =
    recipe.slowTeacher.momentum === null
      ? undefined
      : new SlowTeacher(createNetwork(recipe, network.classes), network, recipe.slowTeacher, engine);
  if (setup.carried) {
    thresholds.load(setup.carried.thresholds);
    if (setup.carried.slowTeacher.size) slowTeacher?.load(setup.carried.slowTeacher);
  }
  const iterations = new Iterations<StepInputs, StepPlan>({
    step: (inputs, plan) => {
      let observed: tf.Tensor | undefined;
      const observe = ({ auxiliaryCam }: StepLabels) => {
        if (thresholds.learns && auxiliaryCam) observed = tf.keep(strongestValues(auxiliaryCam, inputs));
      };
      const { losses, gradients } = trainStep(network, inputs, plan, settings, observe);
      return { losses, gradients, observed };
    },
    observe: (values, images) => thresholds.observe(values, images),
    optimizer,
    trainable,
    begin: () => {
      network.mcc.updateTeacher();
      slowTeacher?.follow();
    },
    tracing: tracing === undefined ? (engine.canTrace ? { bfloat16 } : null) : tracing,
    clipNorm,
    reduceGradients,
  });
  const plan = (iteration: number) => planAt(recipe, schedule, iteration);
  return {
    ...{ iterations, settings, schedule, values, plan, rate },
    iterate: (parts, iteration) => {
      const batch = async (part: MicroBatch): Promise<StepInputs> => {
        const inputs = stepInputs(prepareBatch(part.batch, recipe, part.position), recipe, thresholds.at(iteration));
        return slowTeacher?.hasTurn(iteration, schedule) ? { ...inputs, segmentationLabels: await slowTeacher.labels(inputs) } : inputs;
      };
      return iterations.run(
        parts.map(part => () => batch(part)),
        plan(iteration),
        rate(iteration),
      );
    },
    carried: async () => ({
      optimizer: await optimizer.state(),
      slowTeacher: (await slowTeacher?.state()) ?? new Map(),
      thresholds: thresholds.state(),
    }),
    dispose: () => {
      slowTeacher?.dispose();
      iterations.dispose();
      optimizer.dispose();
      lattice.dispose();
    },
  };
}
