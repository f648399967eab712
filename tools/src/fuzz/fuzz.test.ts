import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { fuzz } from './fuzz.js';
import { fuzzTargets } from './targets.js';

// pnpm fuzz sets these; the test suite takes a small share.
const runs = Number(process.env.WSSS_FUZZ_RUNS ?? 100);
const seed = Number(process.env.WSSS_FUZZ_SEED ?? 7);

const folder = mkdtempSync(join(tmpdir(), 'wsss-fuzz-'));
const counter = new Int32Array(new SharedArrayBuffer(8));
const watchdog = new Worker(new URL('./watchdog.mjs', import.meta.url), { workerData: counter });
watchdog.unref();
afterAll(async () => {
  await watchdog.terminate();
  rmSync(folder, { recursive: true });
});

it.each(fuzzTargets(folder))('$name: damaged files are read or refused', { timeout: 3_600_000 }, async target => {
  Atomics.store(counter, 1, 1);
  const result = await fuzz(target, runs, seed, () => Atomics.add(counter, 0, 1));
  Atomics.store(counter, 1, 0);
  expect(result.read + result.refused).toBe(runs);
  expect(result.refused).toBeGreaterThan(0);
  const used = `slowest ${(1000 * result.slowest).toFixed(0)} ms of processor time; at most ${result.memory.toFixed(0)} MB more memory`;
  if (process.env.WSSS_FUZZ_RUNS)
    writeSync(
      2, // vitest keeps what is written to process.stderr
      `${target.name.padEnd(24)}${runs} files: ${result.read} read, ${result.refused} refused; ${used}\n`,
    );
});
