import type { ConfusionMatrixJSON } from '@wsss/metrics';
import type { Scored } from '../evaluation/image-counts.js';
import type { EvaluationSummary } from '../evaluation/summary.js';
import { bars, capital, histogram, percent } from './charts.js';
import { colored, labelColor, seriesColor } from './colors.js';
import { matrixChart } from './matrix-chart.js';
import { eachRun, escapeHtml, fold, table, tiles } from './page.js';
import type { Run } from './read-run.js';
import { scoredMaps as kinds, mapNames, scoreName } from './score-names.js';

/** A run that has been evaluated. */
type Evaluated = Run & { evaluation: EvaluationSummary };
const isEvaluated = (run: Run): run is Evaluated => run.evaluation !== undefined;

type Headline = [name: string, value: (run: Evaluated) => number | null | undefined];
const headline = (kind: string, name = scoreName(kind)): Headline => [name, ({ evaluation }) => evaluation.means[kind]];
const headlines: Headline[] = [
  ...['segmentation', 'segmentationCrf', 'cam', 'auxiliaryCam'].map(kind => headline(kind)),
  ['CAM before training', ({ before }) => before?.means.cam],
  ...['pixelAccuracy', 'f1'].map(kind => headline(kind)),
];

/** The headline numbers: large for one run, a table for several. */
export function headlineScores(runs: readonly Run[]): string {
  const scored = runs.filter(isEvaluated);
  if (!scored.length) return '<p>Not evaluated yet. <code>mcc report RUN --evaluate</code> scores the checkpoint.</p>';
  const subsets = [...new Set(scored.flatMap(({ evaluation }) => Object.keys(evaluation.means).filter(name => name.includes('.'))))];
  const all = [
    ...headlines,
    ...subsets.map(name => {
      const [subset, kind] = name.split('.') as [string, Scored];
      return headline(name, `${subset}: ${mapNames[kind]}`);
    }),
  ].filter(([, value]) => scored.some(run => value(run) !== undefined && value(run) !== null));
  const protocols = scored.map(
    ({ evaluation: { dataset, split, images, size, iteration } }) =>
      `${dataset} ${split}, ${images} images at ${size}², after ${iteration} iterations`,
  );
  const about = `<p class="dim">${[...new Set(protocols)].map(escapeHtml).join('; ')}. All figures in percent.</p>`;
  if (runs.length === 1) return tiles(all.map(([name, value]) => [name, percent(value(scored[0]!))])) + about;
  const rows = all.map(([name, value]) => {
    const values = scored.map(value);
    const best = Math.max(...values.map(one => one ?? Number.NEGATIVE_INFINITY));
    return [escapeHtml(name), ...values.map(one => (one === best && scored.length > 1 ? `<b>${percent(one)}</b>` : percent(one)))];
  });
  return table(['', ...scored.map(run => colored(run.name, seriesColor(runs.indexOf(run))))], rows) + about;
}

/** IoU of every class, as bars and as a table. Of several runs, those with the classes of the first. */
export function classScores(runs: readonly Run[]): string {
  const scored = runs.filter(isEvaluated);
  const [first] = scored;
  if (!first) return '';
  const { classes } = first.evaluation;
  const alike = scored.filter(({ evaluation }) => `${evaluation.classes}` === `${classes}`);
  const isKnown = (c: number) => alike.some(run => kinds.some(kind => Number.isFinite(run.evaluation[kind].iou[c])));
  const known = [...classes.keys()].filter(isKnown);
  const chart = (columns: readonly { name: string; iou: readonly number[] }[]) =>
    bars(
      known.map(c => ({ name: classes[c]!, swatch: labelColor(c), values: columns.map(({ iou }) => iou[c] ?? Number.NaN) })),
      columns.map(({ name }) => name),
    );
  const columnsOf = (run: Evaluated) =>
    kinds.map(kind => ({ name: mapNames[kind], iou: run.evaluation[kind].iou, mean: run.evaluation[kind].miou }));
  const prefix = (run: Run) => (alike.length > 1 ? `${run.name}: ` : '');
  const columns = alike.flatMap(run => columnsOf(run).map(column => ({ ...column, name: prefix(run) + column.name })));
  const numbers = table(
    ['IoU', ...columns.map(({ name }) => escapeHtml(name))],
    [
      ...classes.map((name, c) => [escapeHtml(name), ...columns.map(({ iou }) => percent(iou[c]))]),
      ['<b>mean</b>', ...columns.map(({ mean }) => `<b>${percent(mean)}</b>`)],
    ],
  );
  const other = scored.length - alike.length;
  const absent = classes.filter((_, c) => !known.includes(c));
  const notes = [
    other ? `<p class="dim">${other} of the runs know other classes and are not shown here.</p>` : '',
    absent.length ? `<p class="dim">Neither in the images nor predicted: ${absent.map(escapeHtml).join(', ')}.</p>` : '',
  ];
  const byKind = kinds.map(kind => {
    const ofRuns = chart(alike.map(run => ({ name: run.name, iou: run.evaluation[kind].iou })));
    return fold(capital(mapNames[kind]), ofRuns, kind === 'segmentation');
  });
  const shown = alike.length === 1 ? chart(columnsOf(first)) : byKind.join('');
  return `${shown}${notes.join('')}${fold('as a table', numbers)}`;
}

/** What is taken for what, and the most frequent mistakes. */
export function confusions(runs: readonly Run[]): string {
  const one = ({ evaluation }: Run) => (evaluation ? confusion(evaluation.confusion.segmentation!, evaluation.classes) : '');
  return eachRun(runs, one, { open: 'first' });
}

function confusion({ numClasses, counts }: ConfusionMatrixJSON, allClasses: readonly string[]): string {
  const count = (t: number, p: number) => counts[t * numClasses + p]!;
  const all = [...allClasses.keys()];
  const totals = all.map(t => all.reduce((sum, p) => sum + count(t, p), 0));
  // Classes that are neither in the images nor predicted say nothing.
  const known = all.filter(c => totals[c]! > 0 || all.some(t => count(t, c) > 0));
  const classes = known.map(c => allClasses[c]!);
  const share = (t: number, p: number) => count(known[t]!, known[p]!) / totals[known[t]!]!;
  const chart = matrixChart(
    classes,
    classes,
    (t, p) => {
      const value = share(t, p);
      if (!(value > 0)) return undefined;
      const title = t === p ? `${classes[t]}: ${percent(value)} % right` : `${classes[t]} taken for ${classes[p]}: ${percent(value)} %`;
      // The root lets small mistakes be seen.
      return { fill: `color-mix(in srgb,var(--${t === p ? 'good' : 'bad'}) ${(100 * Math.sqrt(value)).toFixed(0)}%,transparent)`, title };
    },
    { title: 'Share of a class’s pixels (rows) by what they are taken for (columns)', rows: 'truth', columns: 'prediction' },
  );
  const mistakes = classes
    .flatMap((_, t) => classes.map((_, p) => ({ t, p, value: share(t, p) })))
    .filter(({ t, p, value }) => t !== p && value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, 8);
  const list = table(
    ['most frequent mistakes', '% of its pixels'],
    mistakes.map(({ t, p, value }) => [`${escapeHtml(classes[t]!)} taken for ${escapeHtml(classes[p]!)}`, percent(value)]),
  );
  return `<div class="pair">${chart}${list}</div>`;
}

/** How many images are segmented how well. */
export function imageHistogram(runs: readonly Run[]): string {
  const sets = runs.map(({ name, imageScores }) => ({
    name,
    values: (imageScores?.images ?? []).flatMap(({ miou }) => (Number.isFinite(miou.segmentation) ? [miou.segmentation!] : [])),
  }));
  return histogram(sets, { title: 'Images by the mean IoU of their segmentation', x: 'mean IoU of an image, percent' });
}
