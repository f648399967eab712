// pnpm test:chaos [--engine NAME] [--threads N] [--kills N] [--every N]: stops runs at the worst moments and looks at how they end.
//
// Every time the run goes on with --resume, and must end with the bits of one that was never stopped: parameters, teacher, optimizer, log.
//   1. SIGKILL before every write, fsync, rename, … of a checkpoint, and in the middle of every write
//   2. SIGTERM before the same operations: exit code 143, nothing lost
//   3. SIGKILL at random moments
//   4. a full disk (needs the right to mount a tmpfs): that is made free again, and that stays full
// `--every N` takes every N-th operation of 1 and 2 only. Exit code 1 if any run ends otherwise.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { endOf } from './end-of-run.mjs';
import { smallShapes, temporaryFolder, training } from './small-run.mjs';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'wasm' },
    threads: { type: 'string', default: '1' },
    kills: { type: 'string', default: '20' },
    every: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const stopAt = resolve(import.meta.dirname, 'stop-at.mjs');
const folder = temporaryFolder('wsss-chaos-');

/** Six iterations of two micro-batches; checkpoints after two, four and six, of which one is kept; evaluations after four and six. */
const argumentsOf = training(folder, {
  accumulate: 2,
  iterations: 6,
  evaluation: { ...smallShapes.evaluation, every: 4 },
  log: { every: 3, checkpointEvery: 2, keepCheckpoints: 1 },
});

/** Runs mcc train, at most for `timeout` milliseconds; `onText` sees what it says. */
function train(out, { resume = false, env = {}, timeout, onText } = {}) {
  const args = [...argumentsOf(out, options.engine, options.threads), ...(resume ? ['--resume'] : [])];
  const preload = Object.keys(env).length ? ['--import', stopAt] : [];
  return new Promise(done => {
    const child = spawn(process.execPath, [...preload, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout,
      killSignal: 'SIGKILL',
    });
    let text = '';
    child.stderr.on('data', part => {
      text += part;
      onText?.(text);
    });
    child.on('close', (code, signal) => done({ code, signal, text }));
  });
}

/** What was tried, by its kind: how often, and how often it ended well. */
const results = {};

/** Stops a run, or lets it be stopped, and goes on with it. @param asMeant whether it ended as it was meant to */
async function attempt(kind, what, out, start, asMeant) {
  const stopped = await train(out, start);
  const problem = asMeant(stopped)
    ? await resumeAndCompare(out)
    : `it ended with ${stopped.signal ?? stopped.code}: ${stopped.text.slice(-600)}`;
  process.stderr.write(`${problem ? 'FAIL' : 'ok'}  ${kind}: ${what}${problem ? `\n      ${problem}` : ''}\n`);
  const result = (results[kind] ??= { tried: 0, well: 0 });
  result.tried++;
  if (!problem) result.well++;
  rmSync(out, { recursive: true, force: true });
}

/** Goes on with a run and compares its end. @returns what is wrong, or nothing */
async function resumeAndCompare(out) {
  const { code, text } = await train(out, { resume: true });
  if (code !== 0) return `--resume ended with ${code}: ${text.slice(-500)}`;
  const found = await endOf(out);
  const differing = Object.keys(expected).filter(key => expected[key] !== found[key]);
  return differing.length ? `${differing.join(' and ')} differ: ${found.left}` : undefined;
}

const reference = join(folder, 'reference');
const trace = join(folder, 'operations');
const begun = performance.now();
const whole = await train(reference, { env: { STOP_TRACE: trace } });
const milliseconds = performance.now() - begun;
if (whole.code !== 0) throw new Error(`the run that is never stopped ended with ${whole.code}: ${whole.text}`);
const expected = await endOf(reference);
const operations = readFileSync(trace, 'utf8').trim().split('\n');
process.stderr.write(
  `A run has ${operations.length} operations on its checkpoints and takes ${(milliseconds / 1000).toFixed(1)} s here.\n`,
);

// The first checkpoint makes the folder, the second replaces it and is evaluated: from one flush of the log to the one after the next.
const flushes = operations.flatMap((line, i) => (line.includes('log before') ? [i] : []));
const chosen = operations.slice(flushes[0], flushes[2] + 1).filter((_, i) => i % Number(options.every) === 0);
for (const [signal, asMeant] of Object.entries({ SIGKILL: stopped => stopped.signal === 'SIGKILL', SIGTERM: ({ code }) => code === 143 }))
  for (const line of chosen) {
    const [number] = line.split(' ');
    const env = { STOP_AT: number, STOP_WITH: signal };
    await attempt(`${signal} during a checkpoint`, `before ${line}`, join(folder, `${signal}-${number}`), { env }, asMeant);
  }

let state = Number(options.seed);
const random = () => (state = (1103515245 * state + 12345) % 2 ** 31) / 2 ** 31;
for (let kill = 0; kill < Number(options.kills); kill++) {
  const out = join(folder, `random-${kill}`);
  const after = Math.ceil(random() * milliseconds);
  await attempt('SIGKILL at a random moment', `after ${(after / 1000).toFixed(1)} s`, out, { timeout: after }, () => true);
}

const disk = join(folder, 'disk');
mkdirSync(disk);
if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status === 0) {
  try {
    const size = statSync(join(reference, 'checkpoint.safetensors')).size;
    const filler = join(disk, 'filler');
    /** Leaves room for a checkpoint and a half. */
    const fill = () => {
      rmSync(filler, { force: true });
      writeFileSync(filler, Buffer.alloc(4 * 2 ** 20 - Math.ceil(1.5 * size) - 64 * 1024));
    };
    const free = text => text.includes('could not be saved') && rmSync(filler, { force: true });

    const out = join(disk, 'run');
    fill();
    await attempt('full disk', 'that stays full', out, {}, ({ code, text }) => {
      rmSync(filler);
      return /could not be saved; it goes on/.test(text) && /ENOSPC/.test(text) && code === 1;
    });
    fill();
    await attempt('full disk', 'that is freed while the run goes on', out, { onText: free }, ({ code }) => code === 0);
  } finally {
    spawnSync('umount', [disk]);
  }
} else process.stderr.write('full disk: left out, mounting a tmpfs needs more rights\n');

const lines = Object.entries(results).map(([kind, { well, tried }]) => `${kind}: ${well} of ${tried}`);
process.stdout.write(
  `${options.engine}, ${options.threads} thread(s). Ended as the run that was never stopped:\n  ${lines.join('\n  ')}\n`,
);
process.exitCode = Object.values(results).every(({ well, tried }) => well === tried) ? 0 : 1;
