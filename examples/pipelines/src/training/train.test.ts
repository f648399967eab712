import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { serializeSafetensors } from '@wsss/weights';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand, smallRecipe } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const config = join(folder, 'small.json');
writeFileSync(config, JSON.stringify({ ...smallRecipe, cam: { scales: [1] }, evaluation: { before: true, batch: 50 } }));

const mcc = (...args: string[]) => runCommand(args);

describe('mcc train shapes', () => {
  const out = join(folder, 'run');

  it('trains, evaluates, reports, and says what it wrote where', async () => {
    const before = tf.memory().numTensors;
    const { err, out: json, code } = await mcc('train', 'shapes', '--out', out, '--config', config, '--json');
    expect(err).toContain('Written to');
    expect(code).toBe(0);
    expect(readdirSync(out).filter(name => !name.startsWith('events'))).toEqual([
      'best.safetensors',
      'checkpoint.safetensors',
      'checkpoints',
      'environment.json',
      'evaluation-images.json',
      'evaluation.json',
      'examples',
      'log.jsonl',
      'recipe.json',
      'report.html',
    ]);
    const result = JSON.parse(json);
    expect(result.iterations).toBe(4);
    expect(result.evaluation.images).toBe(100);
    expect(result.evaluation.segmentation.iou).toHaveLength(6);
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page.match(/<img /g)).toHaveLength(12 * 7);
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    const log = readFileSync(join(out, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const steps = log.filter(({ kind }) => kind === 'train');
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect('segmentation' in steps[0].values).toBe(false);
    expect(steps[3].values.segmentation).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is scored by mcc eval as at its end, with the hash of the checkpoint', async () => {
    const { out: json } = await mcc('eval', 'shapes', '--checkpoint', join(out, 'checkpoint.safetensors'), '--json');
    const summary = JSON.parse(json);
    const { evaluation } = JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8'));
    expect(summary.segmentation).toEqual(evaluation.segmentation);
    expect(summary.checkpoint).toMatch(/^[0-9a-f]{64}$/);
    expect(summary).toMatchObject({ dataset: 'Shapes', split: 'val', images: 100, iteration: 4, size: 32, seed: 0 });
  });

  it('does not overwrite a run, and goes on from its checkpoint only with the same settings', async () => {
    const again = await mcc('train', 'shapes', '--out', out, '--config', config);
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/already holds a run/) });
    const other = await mcc('train', 'shapes', '--out', out, '--config', config, '--seed', '5', '--resume');
    expect(other).toMatchObject({ code: 1, err: expect.stringMatching(/seed of the recipe differ/) });
  });
});

describe('bad input ends with one line that says what to do', () => {
  const refuses = async (args: string[], message: RegExp) => {
    const { err, code } = await mcc(...args);
    expect(err).toMatch(message);
    expect(code).toBe(1);
  };
  const to = () => ['--out', join(folder, 'never')];

  it('data', async () => {
    await refuses(['train', 'voc', ...to()], /mcc: VOC needs --data DIR/);
    await refuses(['train', 'voc', ...to(), '--data', join(folder, 'nowhere')], /nowhere/);
    await refuses(['eval', 'shapes', '--checkpoint', 'x', '--split', 'tset'], /Shapes has no split "tset"; it has train, val/);
  });

  it('recipe', async () => {
    await refuses(['train', 'shapes', ...to(), '--crop', '90'], /crop 90 is not a multiple of the patch size 8; use 88 or 96/);
    await refuses(['train', 'shapes', ...to(), '--backbone', 'resnet50'], /unknown backbone "resnet50"; known are/);
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{"optimizer":{"lr":1}}');
    await refuses(['train', 'shapes', ...to(), '--config', bad], /bad\.json: unknown key "optimizer\.lr"/);
    writeFileSync(bad, '{');
    await refuses(['train', 'shapes', ...to(), '--config', bad], /bad\.json is not JSON/);
    await refuses(['train', 'shapes', ...to(), '--config', join(folder, 'none.json')], /none\.json cannot be read/);
  });

  it('weights', async () => {
    const weights = join(folder, 'weights.safetensors');
    await refuses(
      ['train', 'shapes', ...to(), '--config', config, '--weights', weights],
      /weights\.safetensors cannot be read: there is no such file/,
    );
    writeFileSync(weights, 'nonsense');
    await refuses(['train', 'shapes', ...to(), '--config', config, '--weights', weights], /not a readable/);
    writeFileSync(
      weights,
      serializeSafetensors(
        new Map([
          ['cls_token', { shape: [1, 1, 8], data: new Float32Array(8) }],
          ['extra', { shape: [1], data: new Float32Array(1) }],
          ['patch_embed.proj.weight', { shape: [16, 3, 8, 8], data: new Float32Array(16 * 3 * 8 * 8) }],
        ]),
      ),
    );
    await refuses(
      ['train', 'shapes', ...to(), '--config', config, '--weights', weights],
      /does not fit the model: .*missing.*pos_embed.*not part of the model \(extra\).*cls_token has shape \[1,1,8\]/,
    );
  });

  it('checkpoints', async () => {
    const file = join(folder, 'other.safetensors');
    writeFileSync(file, serializeSafetensors(new Map()));
    await refuses(['eval', 'shapes', '--checkpoint', file], /is not a checkpoint of mcc train/);
    await refuses(['eval', 'shapes', '--checkpoint', join(folder, 'none.safetensors')], /none\.safetensors/);
  });

  it('memory on wasm, before the first iteration', async () => {
    const { name } = await startEngine({ engine: (process.env.WSSS_ENGINE as 'wasm' | undefined) ?? 'wasm' });
    if (name !== 'wasm') return;
    await refuses(
      ['train', 'shapes', ...to(), '--backbone', 'deit_tiny_patch16_224', '--from-scratch', '--crop', '1024', '--batch', '4'],
      /needs \d+\.\d+ GiB, but the wasm engine has .*smaller crop or batch, or the native engine/,
    );
  });

  it('nothing is left behind', () => {
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});
