import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectPage, usualViews, withoutChromium } from '@wsss/fixtures';
import { ConfusionMatrix, scores } from '@wsss/metrics';
import { describe, expect, it } from 'vitest';
import { exampleKinds } from '../evaluation/image-scores.js';
import { shapes } from '../recipes/shapes.js';
import { secondsPerIteration } from './curve-section.js';
import { panelNames } from './examples.js';
import { encodePicture } from './pictures.js';
import { readRun, readRuns } from './read-run.js';
import { writeReport } from './write-report.js';

const folder = mkdtempSync(join(tmpdir(), 'report-'));
const classes = ['background', 'disc', 'square', 'a class of a long name & <signs>'];
const jpeg = await encodePicture({ width: 8, height: 8, data: new Uint8Array(192).fill(120) }, { width: 12, height: 8 });

/** The folder of a run, as `mcc train` writes it; `parts` are those that it has beyond recipe and log. */
function makeRun(
  name: string,
  seed: number,
  parts: ('evaluation' | 'images' | 'environment')[] = ['evaluation', 'images', 'environment'],
): string {
  const out = join(folder, name);
  const write = (file: string, value: unknown) => writeFileSync(join(out, file), JSON.stringify(value));
  mkdirSync(join(out, 'examples'), { recursive: true });
  write('recipe.json', { ...shapes, seed, iterations: 40, optimizer: { ...shapes.optimizer, power: seed } });
  const record = (minute: number, kind: string, step: number, values: object) =>
    `${JSON.stringify({ time: `2026-01-01T10:${String(minute).padStart(2, '0')}:00.000Z`, kind, step, values })}\n`;
  const steps = [10, 20, 30, 40];
  const log = steps.map((step, i) => record(i, 'train', step, { total: 4 / step + seed, affinity: 0.4, tensors: 100 })).join('');
  const scored = { segmentation: 0.25, cam: 0.5, auxiliaryCam: 0.125 };
  writeFileSync(join(out, 'log.jsonl'), `${log}${record(5, 'evaluate', 40, scored)}${record(6, 'before', 0, scored)}{"time": "cut o`);
  const matrix = new ConfusionMatrix(4).add([0, 0, 1, 1, 2, 2, 1], [0, 0, 1, 1, 2, 1, 2]);
  const one = scores(matrix);
  const means = { ...scored, segmentation: one.miou, pixelAccuracy: 0.9, f1: 1, 'subset.cam': 0.75 };
  const about = { dataset: 'Shapes', split: 'val', images: 20, size: 96, iteration: 40, classes };
  if (parts.includes('evaluation'))
    write('evaluation.json', {
      evaluation: { ...about, means, segmentation: one, cam: one, auxiliaryCam: one, confusion: { segmentation: matrix } },
      before: { ...about, means: { cam: 0.125 } },
    });
  if (parts.includes('images')) {
    const images = Array.from({ length: 20 }, (_, index) => ({ index, id: `i${index}`, miou: { segmentation: index / 20, cam: 0.5 } }));
    write('evaluation-images.json', { iteration: 40, images });
    writeFileSync(join(out, 'examples', 'a.jpg'), jpeg);
    const panels = Object.fromEntries(panelNames.map(panel => [panel, 'examples/a.jpg']));
    const examples = exampleKinds.map((kind, index) => ({
      index,
      id: `i${index}`,
      kind,
      labels: [0, 3],
      miou: images[index]!.miou,
      positiveView: index === 0,
      panels,
    }));
    write('examples/index.json', examples);
  }
  const machine = { host: 'h', system: 'linux', processor: 'a processor', cores: 2, memoryGiB: 8 };
  const session = {
    started: '2026-01-01T09:59:00.000Z',
    from: 0,
    command: 'mcc train <here>',
    dataset: 'shapes',
    trainableValues: 12345,
    engine: { version: 'wasm', threads: 2 },
    machine,
    node: 'v22',
    code: { mcc: '1.2.3', commit: 'abc123def456', node: 'v22', tfjs: '4.22.0' },
    training: { split: 'train', images: 100 },
    validation: { split: 'val', images: 20 },
  };
  const goneOn = { ...session, started: '2026-01-01T10:01:30.000Z', from: 20 };
  if (parts.includes('environment')) write('environment.json', [session, goneOn]);
  return out;
}

const [a, b] = [makeRun('a', 1), makeRun('b', 2)];
const fine = { errors: [], requests: [], brokenImages: [], emptyCharts: [], overflowing: [] };

describe.skipIf(withoutChromium)(`writeReport${withoutChromium}`, () => {
  it('shows a run', async () => {
    const file = join(folder, 'one.html');
    await writeReport(file, [a]);
    const [phone, desk] = await inspectPage(file, usualViews);
    for (const seen of [phone, desk]) expect(seen).toMatchObject({ ...fine, title: 'Run a', images: 21 });
    const { text, charts } = desk!;
    // mIoU, total, affinity · confusion · images by IoU · seconds, tensors
    expect(charts).toBe(7);
    for (const expected of [
      '61.1\nsegmentation mIoU', // (1 + 2/4 + 1/3) / 3
      'subset: CAM',
      'CAM before training',
      'a class of a long name & <signs>',
      'square taken for disc',
      'local view, positive',
      'a processor, 2 cores, 8 GiB',
      'mcc train <here>',
      'mcc 1.2.3, commit abc123def456, TensorFlow.js 4.22.0',
      'gone on\t2026-01-01 10:01:30 UTC, from iteration 20',
      '6 s\nan iteration',
    ])
      expect.soft(text).toContain(expected);
  });

  it('shows several runs side by side', async () => {
    const file = join(folder, 'two.html');
    await writeReport(file, [a, b, makeRun('bare', 3, [])]);
    const [phone, desk] = await inspectPage(file, usualViews);
    for (const seen of [phone, desk]) expect(seen).toMatchObject({ ...fine, title: '3 runs: a, b, bare' });
    for (const expected of ['The same images side by side', 'optimizer.power', 'All pictures of b'])
      expect.soft(desk!.text).toContain(expected);
  });

  it('shows what there is of a run that has just begun', async () => {
    const out = makeRun('begun', 1, ['environment']);
    writeFileSync(join(out, 'log.jsonl'), '');
    const file = join(folder, 'begun.html');
    await writeReport(file, [out]);
    const [seen] = await inspectPage(file, usualViews);
    expect(seen).toMatchObject({ ...fine, images: 0, charts: 0 });
    expect(seen!.text).toContain('Not evaluated yet');
  });
});

it('leaves pauses out of the time of an iteration', () => {
  const run = readRun(a);
  expect(run.records).toHaveLength(6);
  // Between 20 and 30 the run was gone on with: that time is not known. The first record has none before it.
  expect(secondsPerIteration(run)).toEqual([
    [20, 6],
    [40, 6],
  ]);
});

it('says what is wrong with a folder, and writes nothing', async () => {
  const file = join(folder, 'never.html');
  const refuses = (folders: string[], message: RegExp) => expect(writeReport(file, folders)).rejects.toThrow(message);
  await refuses([join(folder, 'nowhere')], /nowhere not found; give the folder of a run/);
  await refuses([folder], /is not the folder of a run: there is no recipe\.json in it/);
  await refuses([a, b, join(b, '.')], /is given twice/);
  const damaged = makeRun('damaged', 1);
  writeFileSync(join(damaged, 'evaluation.json'), '{"evaluation":');
  await refuses([a, damaged], /damaged.evaluation\.json is damaged/);
  writeFileSync(join(damaged, 'log.jsonl'), '{"time":"x"\n{}\n');
  await refuses([damaged], /log\.jsonl line 1 is damaged/);
  expect(existsSync(file)).toBe(false);
});

it('names runs by their paths where their folders are called alike', () => {
  const other = makeRun('deeper/a', 1);
  expect(readRuns([a, other]).map(({ name }) => name)).toEqual([a, other]);
  expect(readFileSync(join(other, 'recipe.json'), 'utf8')).toContain('"seed":1');
});
