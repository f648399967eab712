import type { TrainingBatch } from '@wsss/datasets';
import type { Recipe } from '../recipes/recipe.js';
import type { StepPlan } from '../recipes/schedule.js';
import { duration } from '../report/curve-section.js';
import { prepareBatch } from './prepare-batch.js';
import type { StartedIterations } from './start-iterations.js';
import { stepInputs } from './step-inputs.js';

/** Shorter runs are over before it is worth asking how long they take. */
const worthAsking = 100;

interface Rehearsed {
  recipe: Recipe;
  /** Foreground classes. */
  classes: number;
  /** Iterations done. */
  start: number;
  /** Micro-batches of an iteration, one after the other. */
  parts: number;
}

/**
 * How long a run will take, from an iteration of each kind in its schedule on an image that shows nothing. Nothing is learned by it.
 *
 * @returns A sentence; undefined for short runs.
 */
export async function rehearse(
  { iterations, plan }: Pick<StartedIterations, 'iterations' | 'plan'>,
  { recipe, classes, start, parts }: Rehearsed,
): Promise<string | undefined> {
  if (recipe.iterations - start < worthAsking) return undefined;
  const kinds = stretches(plan, start, recipe.iterations);
  const inputs = () => stepInputs(prepareBatch(blank(recipe, classes), recipe, 0), recipe);
  const timed: { count: number; seconds: number }[] = [];
  // The last kind first: traced graphs are kept for one kind at a time, and the run begins with the first.
  for (const { kind, count } of kinds.reverse()) timed.unshift({ count, seconds: parts * (await iterations.rehearse(inputs, kind)) });
  const total = timed.reduce((sum, { count, seconds }) => sum + count * seconds, 0);
  const each = timed.map(({ count, seconds }) => `${count} iterations of ${duration(seconds)}`).join(', then ');
  return `The training will take about ${duration(total)}: ${each}; evaluations not counted`;
}

/** Iterations in a row with the same plan. */
function stretches(plan: (iteration: number) => StepPlan, from: number, to: number): { kind: StepPlan; count: number }[] {
  const found: { kind: StepPlan; count: number }[] = [];
  for (let iteration = from; iteration < to; iteration++) {
    const kind = plan(iteration);
    const last = found.at(-1);
    if (last && JSON.stringify(last.kind) === JSON.stringify(kind)) last.count++;
    else found.push({ kind, count: 1 });
  }
  return found;
}

/** A batch of gray images of the first class. */
function blank({ batch: size, crop }: Recipe, classes: number): TrainingBatch {
  const view = () => new Uint8Array(size * crop * crop * 3).fill(128);
  return {
    ids: Array.from({ length: size }, () => 'blank'),
    ...{ size, crop, view1: view(), view2: view(), local: view() },
    boxes: Int32Array.from({ length: 4 * size }, (_, i) => (i % 2 ? crop : 0)),
    labels: Float32Array.from({ length: size * classes }, (_, i) => (i % classes ? 0 : 1)),
  };
}
