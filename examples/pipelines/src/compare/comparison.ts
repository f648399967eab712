import { existsSync } from 'node:fs';
import { curvesOf, mean, median, secondsPerIteration } from '../report/curve-section.js';
import { type Run, readRun } from '../report/read-run.js';
import { runFiles } from '../run/folder.js';
import { runFolder } from './compare-runs.js';
import type { Configuration } from './configurations.js';

/** Mean and sample standard deviation over seeds; the deviation of one value is null. */
export interface Spread {
  mean: number;
  std: number | null;
  values: number[];
}

/** What is known of a configuration after so many seeds. */
export interface Compared extends Pick<Configuration, 'name' | 'title'> {
  varies: Configuration['varies'] | null;
  seeds: number[];
  /** Scores in [0, 1] by name, such as `cam`, `segmentation`, `subset.cam`. What a configuration does not train is absent. */
  scores: Record<string, Spread>;
  /** Seconds an iteration (median), without evaluations. */
  seconds: Spread | null;
  /** Share of local views that are positive over the whole run; null without a contrast. */
  positiveViews: Spread | null;
}

export type Comparison = ReturnType<typeof readComparison>;

/** Reads all finished runs of a comparison. */
export function readComparison(out: string, configurations: readonly Configuration[], seeds: readonly number[]) {
  const runs = configurations.flatMap(configuration =>
    seeds
      .map(seed => runFolder(out, configuration, seed))
      .filter(folder => existsSync(runFiles(folder).evaluation))
      .map(folder => ({ configuration, run: readRun(folder) })),
  );
  const compared = configurations.flatMap(configuration => {
    const own = runs.filter(entry => entry.configuration === configuration).map(({ run }) => run);
    return own.length ? [compare(configuration, own)] : [];
  });
  return { compared, runs };
}

function compare({ name, title, varies }: Configuration, runs: readonly Run[]): Compared {
  const [{ recipe, evaluation }] = runs as [Run];
  const { weights } = recipe;
  const trained = (score: string) =>
    (!/segmentation$|^pixelAccuracy$/.test(score) || weights.segmentation > 0) && (!/auxiliaryCam$/.test(score) || weights.auxiliary > 0);
  const scores = Object.keys(evaluation!.means)
    .filter(trained)
    .map(score => [score, runs.map(run => run.evaluation!.means[score]).filter(isNumber)] as const)
    .filter(([, values]) => values.length);
  const seconds = runs.map(run => median(secondsPerIteration(run).map(([, value]) => value))).filter(isNumber);
  const positive = runs.map(run => mean(curvesOf(run, 'positiveViews').map(([, value]) => value))).filter(isNumber);
  return {
    ...{ name, title, varies: varies ?? null },
    seeds: runs.map(run => run.recipe.seed),
    scores: Object.fromEntries(scores.map(([score, values]) => [score, spread(values)])),
    seconds: seconds.length ? spread(seconds) : null,
    positiveViews: weights.contrast > 0 && positive.length ? spread(positive) : null,
  };
}

const isNumber = (value: number | null | undefined): value is number => typeof value === 'number' && Number.isFinite(value);

/** Mean and sample standard deviation. */
export function spread(values: readonly number[]): Spread {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return { mean: center, std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null, values: [...values] };
}
