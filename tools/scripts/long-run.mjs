// pnpm test:long [--engine NAME,NAME] [--iterations N] [--heap default]
//
// A thousand iterations on Shapes, on each engine in a process of its own. After the first hundred, in which every kind of iteration
// begins that the schedule has, the number of tensors and their bytes must stay the same, and resident memory within 3 %: means over
// windows of a hundred iterations are compared with that of the first window after them. Exit code 1 if not.
//
// V8 leaves garbage until there is several times of what is in use, and takes hundreds of iterations to find out how much that may be;
// and for as long, functions are compiled again into code that adds up to 2 MB. Here its heap grows by a tenth before it is cleaned, what
// is young has a place of one size, and nothing is compiled twice, so that resident memory shows what a run keeps. `--heap default` leaves
// all that to V8.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { logOf, temporaryFolder, training } from './small-run.mjs';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'wasm,native' },
    threads: { type: 'string', default: '1' },
    iterations: { type: 'string', default: '1000' },
    heap: { type: 'string', default: 'tight' },
  },
});
const folder = temporaryFolder('wsss-long-');
const window = 100;
const tolerance = 0.03;
const tightHeap = ['--no-opt', '--heap-growing-percent=10', '--min-semi-space-size=4', '--max-semi-space-size=4'];
const argumentsOf = training(folder, {
  iterations: Number(options.iterations),
  schedule: { classificationUntil: 10, segmentationAfter: 30, mainCamForMasksAfter: 60 },
  log: { every: 10 },
});

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
let failed = false;
for (const engine of options.engine.split(',')) {
  const out = join(folder, engine);
  const heap = options.heap === 'tight' ? tightHeap : [];
  const { status } = spawnSync(process.execPath, [...heap, ...argumentsOf(out, engine, options.threads)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    process.stdout.write(`${engine}: the run ended with ${status}\n`);
    failed = true;
    continue;
  }
  const records = logOf(out).filter(({ kind, step }) => kind === 'train' && step > window);
  const windows = new Map();
  for (const { step, values } of records) {
    const index = Math.ceil(step / window);
    windows.set(index, [...(windows.get(index) ?? []), values.resident]);
  }
  const resident = [...windows.values()].map(mean);
  const most = Math.max(...resident) / resident[0] - 1;
  const distinct = name => [...new Set(records.map(({ values }) => values[name]))];
  const [tensors, bytes] = [distinct('tensors'), distinct('tensorBytes')];
  const ok = tensors.length === 1 && bytes.length === 1 && most <= tolerance;
  failed ||= !ok;
  const memory = `${resident.map(value => value.toFixed(1)).join(' ')} MiB, at most ${(100 * most).toFixed(2)} % above the first`;
  const counted = `${tensors.join(', ')} tensors of ${bytes.join(', ')} bytes`;
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${engine}: ${counted}; resident memory ${memory}\n`);
}
process.exitCode = failed ? 1 : 0;
