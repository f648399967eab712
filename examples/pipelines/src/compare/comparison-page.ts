import { bars, capital, lineChart, percent, type Series } from '../report/charts.js';
import { curvesOf, duration, means } from '../report/curve-section.js';
import { escapeHtml, page, table } from '../report/page.js';
import { type Compared, type Comparison, type Spread, spread } from './comparison.js';

const names: Record<string, string> = {
  cam: 'CAM mIoU',
  segmentation: 'segmentation mIoU',
  auxiliaryCam: 'auxiliary CAM mIoU',
  f1: 'classification F1',
};
/** `subset.cam` → `subset: CAM mIoU`. */
const nameOf = (score: string) => {
  const [kind, subset] = score.split('.').reverse() as [string, string?];
  return `${subset ? `${subset}: ` : ''}${names[kind] ?? kind}`;
};
const figure = ({ mean, std }: Spread) => `${percent(mean)}${std === null ? '' : ` ± ${(100 * std).toFixed(1)}`}`;
const columns = (compared: readonly Compared[]) =>
  [...new Set(compared.flatMap(({ scores }) => Object.keys(scores)))].filter(score => (score.split('.').at(-1) ?? '') in names);

/** The comparison as text for people: mean ± deviation over seeds, in percent. */
export function comparisonTable({ compared }: Comparison): string {
  const scores = columns(compared);
  const rows = [
    ['', 'seeds', ...scores.map(nameOf), 's/iteration'],
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

/** The comparison as one self-contained HTML page: table, bars of the scores, mask settings against scores, curves averaged over seeds, every run. */
export function comparisonPage(comparison: Comparison, title: string): string {
  const { compared, runs } = comparison;
  const scores = columns(compared);
  const [first] = runs;
  const about = first?.run.evaluation;
  const lead = `<p class="dim">${escapeHtml(
    about
      ? `${about.dataset} ${about.split}, ${about.images} images at ${about.size}²; ${first.run.recipe.iterations} iterations of ${first.run.recipe.batch} crops of ${first.run.recipe.crop}². Mean ± sample deviation over seeds, in percent; – where a configuration does not train it.`
      : 'No run has ended yet.',
  )}</p>`;
  const best = Object.fromEntries(scores.map(score => [score, Math.max(...compared.map(({ scores: own }) => own[score]?.mean ?? -1))]));
  const rows = compared.map(({ title: name, seeds, scores: own, seconds, positiveViews, emptyViews }) => [
    escapeHtml(name),
    `${seeds.length}`,
    ...scores.map(score => (own[score] ? (own[score].mean === best[score] ? `<b>${figure(own[score])}</b>` : figure(own[score])) : '–')),
    positiveViews ? figure(positiveViews) : '–',
    emptyViews === null ? '–' : percent(emptyViews),
    seconds ? duration(seconds.mean) : '–',
  ]);
  const head = ['configuration', 'seeds', ...scores.map(nameOf), 'positive local views', 'empty local views', 'an iteration'];
  return page({
    title,
    lead: `${lead}${table(head.map(escapeHtml), rows)}`,
    sections: [
      { title: 'Scores', html: scoreBars(compared, scores) },
      { title: 'Masks', html: sweeps(compared) },
      { title: 'Curves', html: averages(comparison) },
      {
        title: 'Runs',
        html: table(
          ['configuration', 'seed', ...scores.map(nameOf)].map(escapeHtml),
          runs.map(({ configuration, run }) => [
            escapeHtml(configuration.title),
            `${run.recipe.seed}`,
            ...scores.map(score =>
              configurationTrains(compared, configuration.name, score) ? percent(run.evaluation!.means[score]) : '–',
            ),
          ]),
        ),
      },
    ],
  });
}

const configurationTrains = (compared: readonly Compared[], name: string, score: string) =>
  compared.find(other => other.name === name)?.scores[score] !== undefined;

/** The mean IoU of every configuration, means over its seeds. */
function scoreBars(compared: readonly Compared[], scores: readonly string[]): string {
  const shown = scores.filter(score => nameOf(score).endsWith('mIoU'));
  return bars(
    compared.map(({ title, scores: own }) => ({ name: title, values: shown.map(score => own[score]?.mean ?? Number.NaN) })),
    shown.map(nameOf),
  );
}

/** Scores against the mask setting that configurations vary. */
function sweeps(compared: readonly Compared[]): string {
  const chart = (setting: 'ratio' | 'cell', x: string) => {
    const varied = compared.filter(({ varies }) => varies?.setting === setting).sort((a, b) => a.varies!.value - b.varies!.value);
    if (varied.length < 2) return '';
    const series = ['cam', 'segmentation'].map(score => ({
      name: nameOf(score),
      points: varied.flatMap(({ varies, scores }) => (scores[score] ? [[varies!.value, 100 * scores[score].mean] as const] : [])),
    }));
    return lineChart(
      series.filter(({ points }) => points.length),
      { title: `mIoU by ${x}, percent`, x },
    );
  };
  const charts = [chart('ratio', 'share of hidden cells'), chart('cell', 'side of a cell in patches')].filter(Boolean);
  return charts.length ? `<div class="charts">${charts.join('')}</div>` : '';
}

/** Curves of the configurations, each the mean over its seeds; of scores only where runs were evaluated more than once. */
function averages({ compared, runs }: Comparison): string {
  const series = (points: (run: Comparison['runs'][number]['run']) => Series['points']) =>
    compared.map(({ name, title }) => {
      const byStep = new Map<number, number[]>();
      for (const { run } of runs.filter(({ configuration }) => configuration.name === name))
        for (const [step, value] of points(run)) byStep.set(step, [...(byStep.get(step) ?? []), value]);
      return { name: title, points: [...byStep].sort(([a], [b]) => a - b).map(([step, values]) => [step, spread(values).mean] as const) };
    });
  // A configuration without a curve keeps its color free, so that each has one color in all charts.
  const draw = (title: string, all: readonly Series[]) => {
    const shown = all.map(one => (one.points.some(([, value]) => value !== 0) ? one : { ...one, points: [] }));
    return lineChart(shown, { title, x: 'iteration' });
  };
  const trains = (score: string) => (one: Series) =>
    compared.find(({ title }) => title === one.name)?.scores[score] ? one : { ...one, points: [] };
  const evaluatedOften = runs.some(({ run }) => means(run, 'cam').length > 1);
  const charts = [
    ...(evaluatedOften ? ['cam', 'segmentation'] : []).map(score =>
      draw(`${nameOf(score)}, percent`, series(run => means(run, score)).map(trains(score))),
    ),
    ...['classification', 'contrast', 'affinity', 'segmentation'].map(loss =>
      draw(
        `${capital(loss)} loss`,
        series(run => curvesOf(run, loss)),
      ),
    ),
    draw(
      'Share of positive local views',
      series(run => curvesOf(run, 'positiveViews')),
    ),
  ].filter(Boolean);
  return charts.length ? `<div class="charts">${charts.join('')}</div>` : '';
}
