import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleKinds } from '../evaluation/image-scores.js';
import { percent } from './charts.js';
import type { ExampleRecord, PanelName } from './examples.js';
import { panelNames } from './examples.js';
import { escapeHtml, fold, pictures } from './page.js';
import type { Run } from './read-run.js';
import { imageHistogram, labelColor } from './score-sections.js';

const headings = { typical: 'Spread over the data', best: 'Best', worst: 'Worst' };

/** Images with overlays: of several runs first the same images side by side, then each run's own. */
export function images(runs: readonly Run[]): string {
  const shown = runs.filter(({ examples }) => examples.length);
  const own = shown.map(run => ({ name: run.name, html: exampleKinds.map(kind => group(run, kind)).join('') }));
  const chart = imageHistogram(runs);
  if (!shown.length && !chart) return '';
  const each = runs.length === 1 ? own.map(({ html }) => html) : own.map(({ name, html }) => fold(`All pictures of ${name}`, html));
  return `<div class="charts">${chart}</div>${shown.length > 1 ? sideBySide(shown) : ''}${each.join('')}`;
}

function group(run: Run, kind: ExampleRecord['kind']): string {
  const examples = run.examples.filter(example => example.kind === kind);
  if (!examples.length) return '';
  return `<h3>${headings[kind]}</h3>${examples
    .map(
      example =>
        `${caption(run, example)}${pictures(
          panelNames.map(name => panel(run, example, name)),
          7,
        )}`,
    )
    .join('')}`;
}

/** The images that all runs show, each with the prediction of every run. */
function sideBySide(runs: readonly Run[]): string {
  const [first, ...others] = runs as [Run, ...Run[]];
  const same = first.examples.filter(({ id }) => others.every(run => run.examples.some(example => example.id === id)));
  if (!same.length) return '';
  const rows = same.map(example => {
    const predictions = runs.map(run => {
      const own = run.examples.find(({ id }) => id === example.id)!;
      return { ...panel(run, own, 'prediction'), caption: `${escapeHtml(run.name)} ${percent(own.miou.segmentation)}` };
    });
    return `${caption(first, example, false)}${pictures([panel(first, example, 'image'), panel(first, example, 'truth'), ...predictions], Math.max(5, 2 + runs.length))}`;
  });
  return `<h3>The same images side by side</h3>${rows.join('')}`;
}

function caption({ evaluation }: Run, { id, labels, miou }: ExampleRecord, scored = true): string {
  const names = labels
    .filter(label => label > 0)
    .map(label => `<i style="background:${labelColor(label)}"></i>${escapeHtml(evaluation?.classes[label] ?? `${label}`)}`);
  const score = scored && miou.segmentation !== undefined ? ` · mean IoU ${percent(miou.segmentation)}, CAM ${percent(miou.cam)}` : '';
  return `<p class="example"><b>${escapeHtml(id)}</b>${score} <span class="dim">${names.join(' ')}</span></p>`;
}

function panel({ folder }: Run, { id, panels, positiveView }: ExampleRecord, name: PanelName) {
  const uri = `data:image/jpeg;base64,${readFileSync(join(folder, panels[name])).toString('base64')}`;
  const view = positiveView ? '<span class="good">positive</span>' : '<span class="bad">negative</span>';
  return { uri, alt: `${name} of ${id}`, caption: name === 'local view' ? `local view, ${view}` : name };
}
