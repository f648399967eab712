import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const out = mkdtempSync(join(tmpdir(), 'wsss-ablation-'));
afterAll(() => rmSync(out, { recursive: true }));
const config = join(out, 'config.json');
writeFileSync(config, JSON.stringify({ evaluation: { before: false } }));

/** The ablation on Shapes as a user types it. The bounds are loose: runs differ by a few points from seed to seed. */
describe('mcc compare shapes', () => {
  let compared: { name: string; scores: Record<string, { mean: number }>; positiveViews?: { mean: number } }[];
  const score = (name: string, kind: string) => compared.find(other => other.name === name)!.scores[kind]!.mean;

  it(
    'trains all configurations',
    () => {
      const command = join(import.meta.dirname, '../../../examples/pipelines/bin/mcc.js');
      const args = [command, 'compare', 'shapes', '--out', out, '--config', config, '--json'];
      const { stdout, status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
      expect(status).toBe(0);
      ({ compared } = JSON.parse(stdout));
      expect(compared.map(({ name }) => name)).toEqual(['plain', 'segmentation', 'affinity', 'token', 'mcc']);
    },
    90 * 60_000,
  );

  it('finds objects with each of them', () => {
    for (const { name, scores } of compared) expect(scores.cam!.mean, name).toBeGreaterThan(0.3);
    for (const name of ['segmentation', 'affinity', 'token', 'mcc']) expect(score(name, 'segmentation'), name).toBeGreaterThan(0.35);
  });

  it('loses nothing by MCC', () => {
    for (const kind of ['cam', 'segmentation']) expect(score('mcc', kind), kind).toBeGreaterThan(score('affinity', kind) - 0.04);
    expect(score('mcc', 'f1')).toBeGreaterThan(0.85);
  });

  it('contrasts positive with negative views, better than by chance', () => {
    const { mcc, token } = Object.fromEntries(['mcc', 'token'].map(name => [name, lastThird(name)]));
    expect(mcc!.contrast).toBeLessThan(mcc!.chance);
    expect(token!.contrast).toBeLessThan(5);
    for (const [name, found] of Object.entries({ mcc, token })) {
      expect(found!.contrast, name).toBeGreaterThan(0.2);
      const { mean: positive } = compared.find(other => other.name === name)!.positiveViews!;
      expect(positive, name).toBeGreaterThan(0.05);
      expect(positive, name).toBeLessThan(0.95);
    }
  });

  /** The contrast, and what outputs that say nothing would give, in the mean over the last third of the records that have one. */
  function lastThird(name: string): { contrast: number; chance: number } {
    const log = readFileSync(join(out, name, 'seed-0', 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const records: { contrast?: number; contrastChance?: number }[] = log.map(line => JSON.parse(line).values ?? {});
    const last = records.filter(({ contrast }) => contrast !== undefined);
    const third = last.slice(-Math.floor(last.length / 3));
    const mean = (of: (record: (typeof third)[number]) => number) => third.reduce((sum, record) => sum + of(record), 0) / third.length;
    return { contrast: mean(record => record.contrast!), chance: mean(record => record.contrastChance ?? Number.NaN) };
  }
});
