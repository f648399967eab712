import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const out = mkdtempSync(join(tmpdir(), 'wsss-ablation-'));
afterAll(() => rmSync(out, { recursive: true }));
const config = join(out, 'config.json');
writeFileSync(config, JSON.stringify({ evaluation: { before: false } }));

/** The ablation on Shapes as a user types it. The bounds are loose: short runs differ by a few points from seed to seed. */
describe('mcc compare shapes', () => {
  let compared: { name: string; scores: Record<string, { mean: number }>; positiveViews?: { mean: number } }[];
  const score = (name: string, kind: string) => compared.find(other => other.name === name)!.scores[kind]!.mean;

  it(
    'trains all configurations',
    () => {
      const command = join(import.meta.dirname, '../../../examples/pipelines/bin/mcc.js');
      const args = [command, 'compare', 'shapes', '--out', out, '--config', config, '--iterations', '240', '--json'];
      const { stdout, status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
      expect(status).toBe(0);
      ({ compared } = JSON.parse(stdout));
      expect(compared.map(({ name }) => name)).toEqual(['plain', 'segmentation', 'affinity', 'token', 'mcc']);
    },
    40 * 60_000,
  );

  it('finds objects with each of them', () => {
    for (const { name, scores } of compared) expect(scores.cam!.mean, name).toBeGreaterThan(0.2);
    for (const name of ['segmentation', 'affinity', 'token', 'mcc']) expect(score(name, 'segmentation'), name).toBeGreaterThan(0.18);
  });

  it('loses nothing by MCC', () => {
    for (const kind of ['cam', 'segmentation']) expect(score('mcc', kind), kind).toBeGreaterThan(score('affinity', kind) - 0.06);
    expect(score('mcc', 'f1')).toBeGreaterThan(0.75);
  });

  it('contrasts positive with negative views, and does not diverge', () => {
    for (const [name, most] of Object.entries({ mcc: 2.6, token: 5 })) {
      const records = readFileSync(join(out, name, 'seed-0', 'log.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line));
      const loss: number[] = records.flatMap(({ kind, values }) => (kind === 'train' ? (values.contrast ?? []) : []));
      const last = loss.slice(-Math.floor(loss.length / 3));
      const mean = last.reduce((sum, value) => sum + value, 0) / last.length;
      expect(mean, name).toBeLessThan(most); // outputs that say nothing give 1 to 1.8, by the number of negative views
      expect(mean, name).toBeGreaterThan(0.2);
      const { mean: positive } = compared.find(other => other.name === name)!.positiveViews!;
      expect(positive, name).toBeGreaterThan(0.05);
      expect(positive, name).toBeLessThan(0.95);
    }
  });
});
