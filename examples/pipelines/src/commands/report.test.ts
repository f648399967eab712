import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { overlay } from '../recipes/check-recipe.js';
import { voc } from '../recipes/voc.js';
import { runCommand, smallCheckpoint, smallRecipe, smallVoc } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'report-'));
afterAll(() => rmSync(folder, { recursive: true }));
const run = join(folder, 'run');
await smallCheckpoint(join(run, 'checkpoint.safetensors'));
writeFileSync(join(run, 'recipe.json'), JSON.stringify(overlay(voc, smallRecipe, 'test')));
writeFileSync(join(run, 'log.jsonl'), '');

it('reports what there is, and more when it is told to evaluate', async () => {
  expect(await runCommand(['report', run])).toMatchObject({ code: 0, err: `${join(run, 'report.html')}: ${run}\n` });
  expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('Not evaluated yet');
  const { root, ids } = await smallVoc(join(folder, 'voc'), 6);
  const { err, code } = await runCommand(['report', run, '--evaluate', '--data', root, '--out', join(folder, 'page.html')]);
  expect([code, err]).toEqual([0, expect.stringMatching(/evaluation\.json: 6 images after 4 iterations\n.*page\.html/)]);
  const examples = JSON.parse(readFileSync(join(run, 'examples', 'index.json'), 'utf8')) as { kind: string; index: number }[];
  expect(examples.map(({ kind }) => kind)).toEqual(['typical', 'typical', 'typical', 'typical', 'best', 'worst']);
  const { images } = JSON.parse(readFileSync(join(run, 'evaluation-images.json'), 'utf8')) as {
    images: { id: string; miou: { segmentation: number } }[];
  };
  expect(images.map(({ id }) => id)).toEqual(ids);
  const score = (example: number) => images[examples[example]!.index]!.miou.segmentation;
  expect(score(4)).toBeGreaterThanOrEqual(score(5));
  expect(readFileSync(join(folder, 'page.html'), 'utf8').match(/<img /g)).toHaveLength(6 * 7);
  expect(readdirSync(run)).toEqual([
    'checkpoint.safetensors',
    'evaluation-images.json',
    'evaluation.json',
    'examples',
    'log.jsonl',
    'recipe.json',
    'report.html',
  ]);
});

it('names a folder that is no run, and what evaluating needs', async () => {
  expect(await runCommand(['report', folder])).toMatchObject({ code: 1, err: expect.stringMatching(/is not the folder of a run/) });
  expect(await runCommand(['report', run, '--evaluate'])).toMatchObject({ code: 1, err: expect.stringMatching(/VOC needs --data DIR/) });
});
