// Runs of mcc train on Shapes for chaos.mjs and long-run.mjs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Values of the recipe for a network so small that an iteration takes hundredths of a second; every loss is on. */
export const smallShapes = {
  backbone: { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 },
  crop: 32,
  batch: 2,
  projector: { hiddenSize: 16, bottleneckSize: 8, outputSize: 12 },
  decoder: { hiddenSize: 8, dilation: 1 },
  cam: { scales: [1] },
  par: { dilations: [1, 2], iterations: 2 },
  evaluation: { before: false, batch: 50 },
};

/** A folder that is removed when this program ends. */
export function temporaryFolder(prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What node is given to train by {@link smallShapes} with these values. */
export function training(folder, values) {
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ ...smallShapes, ...values }));
  const mcc = resolve(import.meta.dirname, '../../examples/pipelines/bin/mcc.js');
  return (out, engine, threads) => [mcc, 'train', 'shapes', '--out', out, '--config', config, '--engine', engine, '--threads', threads];
}

/** The records of a run's log. */
export function logOf(out) {
  const lines = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
  return lines.map(line => JSON.parse(line));
}
