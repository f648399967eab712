import { readFileSync } from 'node:fs';
import type { SegmentationDataset } from '@wsss/datasets';
import { vocPalette } from '@wsss/datasets';
import type { Scores } from '@wsss/metrics';
import { writeAtomically } from '@wsss/train';
import type { EvaluationSummary } from '../evaluation-summary.js';
import type { SegmentationNetwork } from '../model/segmentation-network.js';
import type { Normalisation } from '../normalise-images.js';
import type { Recipe } from '../recipes/recipe.js';
import { lineChart, type Series } from './charts.js';
import { reportExamples } from './examples.js';
import { escapeHtml } from './page.js';

export interface ReportInput {
  title: string;
  /** `log.jsonl` of the run. */
  logFile: string;
  recipe: Recipe;
  before?: EvaluationSummary;
  evaluation: EvaluationSummary;
  network: SegmentationNetwork;
  dataset: SegmentationDataset;
  normalisation: Normalisation;
}

/** Writes one self-contained HTML page about a run: scores, curves, examples and recipe. It opens from disk, without network. */
export async function writeReport(file: string, input: ReportInput): Promise<void> {
  const { title, logFile, recipe, before, evaluation, network, dataset, normalisation } = input;
  const records = readFileSync(logFile, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { kind: string; step: number; values: Record<string, number | null> });
  const series = (kind: string, names: string[]): Series[] =>
    names.map(name => ({
      name,
      points: records
        .filter(record => record.kind === kind && typeof record.values[name] === 'number')
        .map(record => [record.step, record.values[name]!] as const),
    }));
  const examples = await reportExamples(network, dataset, recipe, normalisation);
  const charts = [
    lineChart(series('train', ['total', 'classification', 'auxiliary', 'affinity', 'contrast']), { title: 'Losses', x: 'iteration' }),
    lineChart(series('train', ['segmentation', 'regularisation']), { title: 'Segmentation losses', x: 'iteration' }),
    lineChart(series('train', ['positiveViews', 'learningRateFactor']), {
      title: 'Share of positive local views, factor of the learning rate',
      x: 'iteration',
    }),
    lineChart(
      series('evaluate', ['segmentation', 'cam', 'auxiliaryCam']).filter(({ points }) => points.length > 1),
      { title: 'mIoU', x: 'iteration' },
    ),
  ];
  const columns: [string, Scores][] = [
    ['Segmentation', evaluation.segmentation],
    ['CAM', evaluation.cam],
    ['Auxiliary CAM', evaluation.auxiliaryCam],
  ];
  if (before) columns.push(['CAM before training', before.cam]);
  await writeAtomically(
    file,
    page(title, [
      summary(evaluation, before),
      scoreTable(evaluation.classes, columns),
      `<section class="charts">${charts.join('')}</section>`,
      exampleGrid(examples),
      `<details><summary>Recipe</summary><pre>${escapeHtml(JSON.stringify(recipe, null, 2))}</pre></details>`,
    ]),
  );
}

const percent = (value: number) => (Number.isFinite(value) ? (100 * value).toFixed(1) : '–');

function summary({ means, images, dataset, split, size, iteration }: EvaluationSummary, before?: EvaluationSummary): string {
  const tiles: [string, number | undefined][] = [
    ['segmentation mIoU', means.segmentation],
    ['CAM mIoU', means.cam],
    ['auxiliary CAM mIoU', means.auxiliaryCam],
    ['CAM before training', before?.means.cam],
  ];
  return `<section class="tiles">${tiles
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<div><b>${percent(value!)}</b><span>${name}</span></div>`)
    .join(
      '',
    )}</section><p>${escapeHtml(dataset)} ${escapeHtml(split)}: ${images} images at ${size}², after ${iteration} iterations. All figures in percent.</p>`;
}

function scoreTable(classes: readonly string[], columns: [string, Scores][]): string {
  const row = (name: string, values: number[], bold = false) =>
    `<tr${bold ? ' class="mean"' : ''}><th>${name}</th>${values.map(v => `<td>${percent(v)}</td>`).join('')}</tr>`;
  const swatch = (index: number) => `<i style="background:rgb(${[...vocPalette.subarray(3 * index, 3 * index + 3)].join()})"></i>`;
  return `<div class="scroll"><table><thead><tr><th>IoU</th>${columns.map(([name]) => `<th>${name}</th>`).join('')}</tr></thead><tbody>${classes
    .map((name, c) =>
      row(
        swatch(c) + escapeHtml(name),
        columns.map(([, s]) => s.iou[c]!),
      ),
    )
    .join('')}${row(
    'mean',
    columns.map(([, s]) => s.miou),
    true,
  )}</tbody></table></div>`;
}

function exampleGrid(examples: Awaited<ReturnType<typeof reportExamples>>): string {
  return examples
    .map(
      ({ id, classes, panels }) =>
        `<section class="example"><h2>${escapeHtml(id)} <small>${escapeHtml(classes.join(', '))}</small></h2><div class="panels">${panels.map(({ caption, uri }) => `<figure><img src="${uri}" alt="${escapeHtml(caption)} of ${escapeHtml(id)}"><figcaption>${escapeHtml(caption)}</figcaption></figure>`).join('')}</div></section>`,
    )
    .join('');
}

function page(title: string, parts: string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title>
<style>
:root{color-scheme:light dark;--line:#8885;--soft:#8882}
body{font:15px/1.5 system-ui,sans-serif;max-width:1060px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1rem;margin:.2rem 0}small{font-weight:normal;opacity:.7}
.tiles{display:flex;flex-wrap:wrap;gap:.8rem}.tiles div{background:var(--soft);border-radius:.6rem;padding:.6rem 1rem}.tiles b{display:block;font-size:1.6rem}
.scroll{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid var(--line)}th:first-child{text-align:left}.mean{font-weight:bold}
i{display:inline-block;width:.8em;height:.8em;margin-right:.5em;border-radius:2px;border:1px solid var(--line)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:1rem;margin:1.5rem 0}.chart{margin:0}.chart figcaption{font-weight:600}
svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}.grid{stroke:var(--line)}.legend span{margin-right:1em;white-space:nowrap}
.panels{display:grid;grid-template-columns:repeat(6,1fr);gap:.4rem}.panels figure{margin:0}.panels img{width:100%;image-rendering:pixelated;display:block;border-radius:4px}.panels figcaption{font-size:.8rem;opacity:.8}
@media(max-width:640px){.panels{grid-template-columns:repeat(3,1fr)}}
.example{margin:1.2rem 0}pre{overflow:auto;background:var(--soft);padding:1rem;border-radius:.6rem}
</style></head><body><h1>${escapeHtml(title)}</h1>
${parts.join('\n')}
</body></html>
`;
}
