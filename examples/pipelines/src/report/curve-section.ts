import { voc } from '../recipes/voc.js';
import { capital, chartGrid, lineChart, type Series } from './charts.js';
import { colored, seriesColor } from './colors.js';
import { table, tiles } from './page.js';
import type { Run } from './read-run.js';
import { mapNames, scoredMaps as scored } from './score-names.js';

/** A name as words: denseEnergy, dense energy. */
const spaced = (name: string) => name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

/** Curves of the training, by their names in the log. */
const training: Record<string, string> = {
  ...Object.fromEntries(['total', ...Object.keys(voc.weights)].map(name => [name, `${capital(spaced(name))} loss`])),
  f1: 'F1 of the labels in training',
  positiveViews: 'Share of positive local views',
  gradientNorm: 'Norm of the gradient',
  learningRateFactor: 'Factor of the learning rate',
};

/** What was logged in training under a name. */
export function curvesOf({ records }: Run, name: string): Series['points'] {
  return records.flatMap(({ kind, step, values }) =>
    kind === 'train' && typeof values[name] === 'number' ? [[step, values[name]] as const] : [],
  );
}

/** Headline scores of a run's evaluations in percent, the one before training included. */
export function means({ records }: Run, name: string): Series['points'] {
  const found = records.filter(({ kind, values }) => (kind === 'evaluate' || kind === 'before') && typeof values[name] === 'number');
  return found.map(({ step, values }) => [step, 100 * values[name]!] as const).sort((a, b) => a[0] - b[0]);
}

/** A line for each run over its iterations. */
const byRun = (runs: readonly Run[], title: string, points: (run: Run) => Series['points']) =>
  lineChart({ title, series: runs.map(run => ({ name: run.name, points: points(run) })) });

/** What curves have to be compared with: what they would be if nothing were learned. */
const reference: Record<string, [name: string, label: string]> = {
  contrast: ['contrastChance', 'by chance'],
  classification: ['guessedLoss', 'by guessing'],
  auxiliary: ['guessedLoss', 'by guessing'],
  f1: ['guessedF1', 'by guessing'],
};

/** A curve of one run, beside its reference where there is one. */
function trainedCurve(run: Run, name: string, title: string): string {
  const [other, label] = reference[name] ?? [];
  const compared = other ? [{ name: label!, points: curvesOf(run, other) }] : [];
  return lineChart({ title, series: [{ name: title, points: curvesOf(run, name) }, ...compared] });
}

/** Several runs in one chart each; of one run, what belongs together. */
export function curves(runs: readonly Run[]): string {
  const [first] = runs as [Run];
  const series = scored.map(name => ({ name: mapNames[name], points: means(first, name) }));
  const evaluations =
    runs.length === 1
      ? [lineChart({ title: 'mIoU of evaluations, percent', series })]
      : scored.map(name => byRun(runs, `mIoU of evaluations: ${mapNames[name]}, percent`, run => means(run, name)));
  const evaluatedOften = runs.some(run => scored.some(name => means(run, name).length > 1));
  const trained = Object.entries(training).map(([name, label]) =>
    runs.length === 1 ? trainedCurve(first, name, label) : byRun(runs, label, run => curvesOf(run, name)),
  );
  return chartGrid([...(evaluatedOften ? evaluations : []), ...trained]);
}

/** Seconds between records of a run's log, an iteration; pauses between sessions and evaluations are left out. */
export function secondsPerIteration({ records, sessions }: Run): Series['points'] {
  const starts = sessions.map(({ started }) => Date.parse(started));
  return records.flatMap(({ kind, step, time }, i) => {
    const earlier = records[i - 1];
    if (kind !== 'train' || earlier?.kind !== 'train' || step <= earlier.step) return [];
    const [from, to] = [Date.parse(earlier.time), Date.parse(time)];
    if (to < from || starts.some(start => start > from && start < to)) return [];
    return [[step, (to - from) / 1000 / (step - earlier.step)] as const];
  });
}

export const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
export const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Seconds of each evaluation, from the record before it. */
function evaluationSeconds({ records }: Run): number[] {
  return records.flatMap(({ kind, time }, i) =>
    i > 0 && kind === 'evaluate' ? [(Date.parse(time) - Date.parse(records[i - 1]!.time)) / 1000] : [],
  );
}

/** How long iterations and evaluations took, and how much memory. */
export function timing(runs: readonly Run[]): string {
  const figures = runs.map(run => {
    const seconds = secondsPerIteration(run).map(([, value]) => value);
    const said = (value: number | undefined) => (Number.isFinite(value) ? duration(value!) : '–');
    return {
      'an iteration (median)': said(median(seconds)),
      training: said(mean(seconds) * run.iterations),
      evaluation: said(mean(evaluationSeconds(run))),
    };
  });
  const charts = chartGrid([
    byRun(runs, 'Seconds an iteration', secondsPerIteration),
    byRun(runs, 'Resident memory, MiB', run => curvesOf(run, 'resident')),
    byRun(runs, 'Tensors between iterations', run => curvesOf(run, 'tensors')),
  ]);
  if (!charts) return '';
  const rows = runs.map(({ name }, i) => [colored(name, seriesColor(i)), ...Object.values(figures[i]!)]);
  const shown = runs.length === 1 ? tiles(Object.entries(figures[0]!)) : table(['run', ...Object.keys(figures[0]!)], rows);
  return `${shown}${charts}`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 3600) return `${(seconds / 60).toFixed(1)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}
