// pnpm test:long [--engine NAME,NAME] [--iterations N] [--heap default]: a thousand iterations on Shapes, on each engine in a process of its own.
//
// After the first hundred, in which every kind of iteration that the schedule has begins, the number of tensors and their bytes must stay the same,
// and resident memory within 3 %: means over windows of a hundred iterations are compared with that of the first window after them. Exit code 1 if
// not.
//
// V8 leaves garbage until there is several times of what is in use, and takes hundreds of iterations to find out how much that may be. Here its heap
// grows by half before it is cleaned, so that resident memory shows what is in use. `--heap default` leaves that to V8.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { smallShapes } from './small-shapes.mjs';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'wasm,native' },
    threads: { type: 'string', default: '1' },
    iterations: { type: 'string', default: '1000' },
    heap: { type: 'string', default: 'tight' },
  },
});
const mcc = resolve(import.meta.dirname, '../../examples/pipelines/bin/mcc.js');
const folder = mkdtempSync(join(tmpdir(), 'wsss-long-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const window = 100;
const tolerance = 0.03;

const config = join(folder, 'config.json');
writeFileSync(
  config,
  JSON.stringify({
    ...smallShapes,
    iterations: Number(options.iterations),
    schedule: { segmentationAfter: 30, mainCamForMasksAfter: 60 },
    log: { every: 10 },
  }),
);

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
let failed = false;
for (const engine of options.engine.split(',')) {
  const out = join(folder, engine);
  const args = ['train', 'shapes', '--out', out, '--config', config, '--engine', engine, '--threads', options.threads];
  const { status } = spawnSync(process.execPath, [...(options.heap === 'tight' ? ['--heap-growing-percent=50'] : []), mcc, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    process.stdout.write(`${engine}: the run ended with ${status}\n`);
    failed = true;
    continue;
  }
  const records = readFileSync(join(out, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
    .filter(({ kind, step }) => kind === 'train' && step > window);
  const windows = new Map();
  for (const { step, values } of records) {
    const index = Math.ceil(step / window);
    windows.set(index, [...(windows.get(index) ?? []), values.resident]);
  }
  const resident = [...windows.values()].map(mean);
  const growth = resident.map(value => value / resident[0] - 1);
  const most = Math.max(...growth);
  const distinct = name => [...new Set(records.map(({ values }) => values[name]))];
  const [tensors, bytes] = [distinct('tensors'), distinct('tensorBytes')];
  const ok = tensors.length === 1 && bytes.length === 1 && most <= tolerance;
  failed ||= !ok;
  process.stdout.write(
    `${ok ? 'ok  ' : 'FAIL'} ${engine}: ${tensors.join(', ')} tensors of ${bytes.join(', ')} bytes; resident memory ${resident.map(value => value.toFixed(1)).join(' ')} MiB, at most ${(100 * most).toFixed(2)} % above the first\n`,
  );
}
process.exitCode = failed ? 1 : 0;
