import { bars, capital, chartGrid, lineChart, percent, type Series } from '../report/charts.js';
import { curvesOf, duration, means } from '../report/curve-section.js';
import { escapeHtml, page, table } from '../report/page.js';
import type { Run } from '../report/read-run.js';
import { scoreName } from '../report/score-names.js';
import { type Compared, type Comparison, type Spread, spread } from './comparison.js';

/** Scores that are compared. */
const kinds = ['cam', 'segmentation', 'auxiliaryCam', 'f1'];
const figure = ({ mean, std }: Spread) => `${percent(mean)}${std === null ? '' : ` ± ${(100 * std).toFixed(1)}`}`;
const columns = (compared: readonly Compared[]) =>
  [...new Set(compared.flatMap(({ scores }) => Object.keys(scores)))].filter(score => kinds.includes(score.split('.').at(-1)!));

/** The comparison as text for people: mean ± deviation over seeds, in percent. */
export function comparisonTable({ compared }: Comparison): string {
  const scores = columns(compared);
  const rows = [
    ['', 'seeds', ...scores.map(scoreName), 's/iteration'],
    ...compared.map(({ title, seeds, scores: found, seconds }) => [
      title,
      `${seeds.length}`,
      ...scores.map(score => (found[score] ? figure(found[score]) : '–')),
      seconds ? seconds.mean.toPrecision(3) : '–',
    ]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.length)));
  return rows.map(row => row.map((cell, i) => (i ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')).join('\n');
}

/** The comparison as one self-contained HTML page. */
export function comparisonPage(comparison: Comparison, title: string): string {
  const { compared, runs } = comparison;
  const scores = columns(compared);
  const [first] = runs;
  const about = first ? describe(first.run) : 'No run has ended yet.';
  const best = (score: string) => Math.max(...compared.map(({ scores: own }) => own[score]?.mean ?? -1));
  const cell = (score: string, own?: Spread) => (!own ? '–' : own.mean === best(score) ? `<b>${figure(own)}</b>` : figure(own));
  const rows = compared.map(({ title: name, seeds, scores: own, seconds, positiveViews }) => [
    escapeHtml(name),
    `${seeds.length}`,
    ...scores.map(score => cell(score, own[score])),
    positiveViews ? figure(positiveViews) : '–',
    seconds ? duration(seconds.mean) : '–',
  ]);
  const head = ['configuration', 'seeds', ...scores.map(scoreName), 'positive local views', 'an iteration'];
  const isTrained = (name: string, score: string) => compared.find(other => other.name === name)?.scores[score] !== undefined;
  const runRows = runs.map(({ configuration, run }) => [
    escapeHtml(configuration.title),
    `${run.recipe.seed}`,
    ...scores.map(score => (isTrained(configuration.name, score) ? percent(run.evaluation!.means[score]) : '–')),
  ]);
  return page({
    title,
    lead: `<p class="dim">${escapeHtml(about)}</p>${table(head.map(escapeHtml), rows)}`,
    sections: [
      { title: 'Scores', html: scoreBars(compared, scores) },
      { title: 'Masks', html: sweeps(compared) },
      { title: 'Curves', html: averages(comparison) },
      { title: 'Runs', html: table(['configuration', 'seed', ...scores.map(scoreName)].map(escapeHtml), runRows) },
    ],
  });
}

function describe({ recipe, evaluation }: Run): string {
  const { dataset, split, images, size } = evaluation!;
  const how = `${recipe.iterations} iterations of ${recipe.batch} crops of ${recipe.crop}²`;
  const figures = 'Mean ± sample deviation over seeds, in percent; – where a configuration does not train it.';
  return `${dataset} ${split}, ${images} images at ${size}²; ${how}. ${figures}`;
}

/** The mean IoU of every configuration, means over its seeds. */
function scoreBars(compared: readonly Compared[], scores: readonly string[]): string {
  const shown = scores.filter(score => scoreName(score).endsWith('mIoU'));
  return bars(
    compared.map(({ title, scores: own }) => ({ name: title, values: shown.map(score => own[score]?.mean ?? Number.NaN) })),
    shown.map(scoreName),
  );
}

/** Scores against the mask setting that configurations vary. */
function sweeps(compared: readonly Compared[]): string {
  const chart = (setting: 'ratio' | 'cell', x: string) => {
    const varied = compared.filter(({ varies }) => varies?.setting === setting).sort((a, b) => a.varies!.value - b.varies!.value);
    if (varied.length < 2) return '';
    const series = ['cam', 'segmentation'].map(score => ({
      name: scoreName(score),
      points: varied.flatMap(({ varies, scores }) => (scores[score] ? [[varies!.value, 100 * scores[score].mean] as const] : [])),
    }));
    return lineChart({ title: `mIoU by ${x}, percent`, x, series: series.filter(({ points }) => points.length) });
  };
  return chartGrid([chart('ratio', 'share of hidden cells'), chart('cell', 'side of a cell in patches')]);
}

/** Curves of the configurations, each the mean over its seeds; of scores only where runs were evaluated more than once. */
function averages({ compared, runs }: Comparison): string {
  // A configuration without a curve keeps its color free, so that each has one color in all charts.
  const draw = (title: string, points: (run: Run) => Series['points'], isTrained: (of: Compared) => boolean = () => true) => {
    const series = compared.map(of => {
      const own = runs.filter(({ configuration }) => configuration.name === of.name).map(({ run }) => run);
      const curve = isTrained(of) ? meanCurve(own.map(points)) : [];
      return { name: of.title, points: curve.some(([, value]) => value !== 0) ? curve : [] };
    });
    return lineChart({ title, series });
  };
  const evaluatedOften = runs.some(({ run }) => means(run, 'cam').length > 1);
  return chartGrid([
    ...(evaluatedOften ? ['cam', 'segmentation'] : []).map(score => {
      const isTrained = ({ scores }: Compared) => scores[score] !== undefined;
      return draw(`${scoreName(score)}, percent`, run => means(run, score), isTrained);
    }),
    ...['classification', 'contrast', 'affinity', 'segmentation'].map(loss => draw(`${capital(loss)} loss`, run => curvesOf(run, loss))),
    draw('Share of positive local views', run => curvesOf(run, 'positiveViews')),
  ]);
}

/** The mean of several curves at every step that one of them has. */
function meanCurve(curves: readonly Series['points'][]): Series['points'] {
  const byStep = new Map<number, number[]>();
  for (const [step, value] of curves.flat()) byStep.set(step, [...(byStep.get(step) ?? []), value]);
  return [...byStep].sort(([a], [b]) => a - b).map(([step, values]) => [step, spread(values).mean]);
}
