import { join } from 'node:path';
import { readFileSync } from '@wsss/files';
import { exampleKinds } from '../evaluation/image-scores.js';
import { chartGrid, percent } from './charts.js';
import { colored, labelColor } from './colors.js';
import { type ExampleRecord, type PanelName, panelNames } from './examples.js';
import { eachRun, escapeHtml, pictures } from './page.js';
import type { Run } from './read-run.js';
import { imageHistogram } from './score-sections.js';

const headings = { typical: 'Spread over the data', best: 'Best', worst: 'Worst' };

/** Images with overlays: of several runs first the same images side by side, then each run's own. */
export function images(runs: readonly Run[]): string {
  const shown = runs.filter(({ examples }) => examples.length);
  const chart = imageHistogram(runs);
  if (!shown.length && !chart) return '';
  const own = eachRun(runs, run => exampleKinds.map(kind => group(run, kind)).join(''), { title: name => `All pictures of ${name}` });
  return `${chartGrid([chart])}${shown.length > 1 ? sideBySide(shown) : ''}${own}`;
}

function group(run: Run, kind: ExampleRecord['kind']): string {
  const examples = run.examples.filter(example => example.kind === kind);
  if (!examples.length) return '';
  const panels = (example: ExampleRecord) => panelNames.map(name => panel(run, example, name));
  return `<h3>${headings[kind]}</h3>${examples.map(example => `${caption(run, example)}${pictures(panels(example), 7)}`).join('')}`;
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
    const panels = [panel(first, example, 'image'), panel(first, example, 'truth'), ...predictions];
    return `${caption(first, example, false)}${pictures(panels, Math.max(5, panels.length))}`;
  });
  return `<h3>The same images side by side</h3>${rows.join('')}`;
}

function caption({ evaluation }: Run, { id, labels, miou }: ExampleRecord, scored = true): string {
  const names = labels.filter(label => label > 0).map(label => colored(evaluation?.classes[label] ?? `${label}`, labelColor(label)));
  const score = scored && miou.segmentation !== undefined ? ` · mean IoU ${percent(miou.segmentation)}, CAM ${percent(miou.cam)}` : '';
  return `<p class="example"><b>${escapeHtml(id)}</b>${score} <span class="dim">${names.join(' ')}</span></p>`;
}

function panel({ folder }: Run, { id, panels, positiveView }: ExampleRecord, name: PanelName) {
  const uri = `data:image/jpeg;base64,${readFileSync(join(folder, panels[name])).toString('base64')}`;
  const view = positiveView ? '<span class="good">positive</span>' : '<span class="bad">negative</span>';
  return { uri, alt: `${name} of ${id}`, caption: name === 'local view' ? `local view, ${view}` : name };
}
