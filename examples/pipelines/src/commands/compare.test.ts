import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { spread } from '../compare/comparison.js';
import { configurations, configure } from '../compare/configurations.js';
import { shapes } from '../recipes/shapes.js';
import { runCommand, smallRecipe } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'small.json');
const evaluation = { before: false, batch: 50 };
writeFileSync(config, JSON.stringify({ ...smallRecipe, iterations: 2, evaluation, log: { every: 1, checkpointEvery: 1 } }));
const none = () => ({});

describe('configurations', () => {
  it('are sets, names, masks of any kind, and files', () => {
    expect(configurations(['ablation'], none).map(({ name }) => name)).toEqual(['plain', 'segmentation', 'affinity', 'token', 'mcc']);
    expect(configurations(['mask-scale', 'mcc-ratio-0.75'], none).map(({ varies }) => varies?.value)).toEqual([1, 2, 4, 7, 0.75]);
    const [own] = configurations(['settings/mine.json'], () => ({ masks: { count: 2 } }));
    expect(own!.name).toBe('mine');
    expect(configure(shapes, own!, 3)).toEqual({ ...shapes, seed: 3, masks: { ...shapes.masks, count: 2 } });
  });

  it('switch off what they are without', () => {
    const weights = (name: string) => configure(shapes, configurations([name], none)[0]!, 0).weights;
    expect(Object.entries(weights('plain')).filter(([, weight]) => weight)).toEqual([['classification', 1]]);
    expect(weights('segmentation')).toMatchObject({ auxiliary: 0, contrast: 0, segmentation: shapes.weights.segmentation });
    expect(weights('affinity')).toEqual({ ...shapes.weights, contrast: 0 });
    expect(weights('token')).toEqual(weights('mcc'));
  });

  it('that do not exist are named', () => {
    expect(() => configurations(['mcc-ratio-1.5'], none)).toThrow('unknown "mcc-ratio-1.5"; known are ablation');
    expect(() => configurations(['mcc', 'ablation'], none)).toThrow('mcc is there twice');
    expect(() => configure(shapes, configurations(['x.json'], () => ({ maks: 1 }))[0]!, 0)).toThrow('x: unknown key "maks"');
  });
});

it('spread is mean and sample deviation', () => {
  expect(spread([1, 4])).toEqual({ mean: 2.5, std: Math.sqrt(4.5), values: [1, 4] });
  expect(spread([1]).std).toBeNull();
});

describe('mcc compare', () => {
  const out = join(folder, 'runs');
  const args = (...more: string[]) => ['compare', 'shapes', '--out', out, '--config', config, '--from-scratch', ...more];

  it('trains each configuration with each seed and writes one page', async () => {
    const { err, out: json, code } = await runCommand([...args('--configurations', 'plain,mcc', '--seeds', '0,1', '--json')]);
    expect(err).toContain('run 4 of 4: + MCC, seed 1');
    expect(code).toBe(0);
    const { compared } = JSON.parse(json);
    expect(compared.map(({ name, seeds }: { name: string; seeds: number[] }) => [name, seeds])).toEqual([
      ['plain', [0, 1]],
      ['mcc', [0, 1]],
    ]);
    const [plain, mcc] = compared;
    expect(Object.keys(plain.scores)).toEqual(['cam', 'f1']);
    expect(mcc.scores.segmentation.values.length).toBe(2);
    expect(mcc.positiveViews.mean).toBeGreaterThan(0);
    const page = readFileSync(join(out, 'compare.html'), 'utf8');
    for (const text of ['plain CAM', '+ MCC', '±', 'class="bar"', 'Contrast loss']) expect(page).toContain(text);
    expect(page).not.toContain('CAM mIoU, percent'); // no curve of one point
  }, 120_000);

  it('does not repeat what is done, and goes on with what is not', async () => {
    const checkpoint = join(out, 'mcc/seed-0/checkpoint.safetensors');
    const { mtimeMs } = statSync(checkpoint);
    for (const file of ['checkpoint.safetensors', 'checkpoints', 'evaluation.json'])
      rmSync(join(out, 'mcc/seed-1', file), { recursive: true }); // stopped before its first checkpoint
    rmSync(join(out, 'plain/seed-1/evaluation.json')); // stopped before its evaluation
    const { err, code } = await runCommand(args('--configurations', 'mcc,plain', '--seeds', '0,1'));
    expect(code).toBe(0);
    expect(err).toContain('run 1 of 4: + MCC, seed 0: done');
    expect(err).toContain('run 3 of 4: + MCC, seed 1\n');
    expect(err).toContain('run 4 of 4: plain CAM, seed 1: goes on');
    expect(statSync(checkpoint).mtimeMs).toBe(mtimeMs);
    expect(existsSync(join(out, 'mcc/seed-1/evaluation.json'))).toBe(true);
  }, 120_000);

  it('reports what is there without training', async () => {
    const { err, code } = await runCommand(args('--configurations', 'plain,token,mcc', '--seeds', '0,1', '--report-only'));
    expect(code).toBe(0);
    expect(err).not.toContain('token');
    expect(err).toContain('plain CAM');
  });

  it('chooses its recipe as mcc train does', async () => {
    const small = join(folder, 'small');
    const options = ['--config', config, '--from-scratch', '--preset', 'small', '--configurations', 'plain'];
    const { err, code } = await runCommand(['compare', 'shapes', '--out', small, ...options]);
    expect([code, err]).toEqual([
      0,
      expect.stringContaining('Preset small, for 4096 images of 1.7 classes each: 2 iterations of 2 crops of 32²'),
    ]);
    expect(JSON.parse(readFileSync(join(small, 'compare.json'), 'utf8')).recipe.weights.contrast).toBe(0.1);
  });

  it('refuses a folder of other settings, and seeds that are none', async () => {
    const other = await runCommand(args('--configurations', 'mcc', '--iterations', '3'));
    expect(other.code).toBe(1);
    expect(other.err).toContain('iterations differ from what is asked for now');
    const twice = await runCommand(args('--seeds', '1,1'));
    expect([twice.code, twice.err]).toEqual([1, expect.stringContaining('expected different whole numbers')]);
  });
});
