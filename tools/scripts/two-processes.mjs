// pnpm test:two [--engine NAME] [--rounds N] [--seed N]: two to four processes start, go on with and kill one another on one run folder.
//
// In every round they all begin at once; some are killed at random moments, and others come. At every time at most one may train; the
// others must say whose the folder is. In the end one goes on alone, and must end with the bits of an undisturbed run and a whole log.
// Exit code 1 if anything else is found.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endOf } from './end-of-run.mjs';
import { temporaryFolder, training } from './small-run.mjs';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'wasm' },
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const folder = temporaryFolder('wsss-two-');
const argumentsOf = training(folder, { iterations: 6, log: { every: 1, checkpointEvery: 1, keepCheckpoints: 2 } });

let state = Number(options.seed);
/** A whole number below a bound, the same for a seed. */
function random(below) {
  state = (state + 0x6d2b79f5) | 0;
  const mixed = Math.imul(state ^ (state >>> 15), state | 1);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}

/** Starts a process that trains or goes on. It notes what becomes of it. */
function begin(out) {
  const child = spawn(process.execPath, [...argumentsOf(out, options.engine, '1'), '--resume'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const process_ = { child, text: '', ended: once(child, 'close') };
  child.stderr.on('data', part => (process_.text += part));
  return process_;
}

/** What became of a process: `finished`, `refused` because another one has the folder, `killed`, or something that must not be. */
function fateOf({ child, text }) {
  if (child.signalCode) return 'killed'; // by SIGTERM, too, before it could hear it
  if (child.exitCode === 0) return 'finished';
  if (child.exitCode === 143) return 'stopped';
  return /is in use by process \d+ on .* \(mcc train, since/.test(text) ? 'refused' : `ended with ${child.exitCode}: ${text.slice(-400)}`;
}

const reference = begin(join(folder, 'reference'));
await reference.ended;
const expected = await endOf(join(folder, 'reference'));

const fates = {};
let failed = 0;
for (let round = 0; round < Number(options.rounds); round++) {
  const out = join(folder, `round-${round}`);
  const processes = Array.from({ length: 2 + random(3) }, () => begin(out));
  for (let kill = random(4); kill > 0; kill--) {
    await new Promise(done => setTimeout(done, 300 + random(1200)));
    processes[random(processes.length)].child.kill(random(3) ? 'SIGKILL' : 'SIGTERM');
    if (processes.length < 6) processes.push(begin(out));
  }
  await Promise.all(processes.map(({ ended }) => ended));
  const last = begin(out);
  await last.ended;
  const found = [...processes, last].map(fateOf);
  const problems = found.filter(fate => !['finished', 'refused', 'killed', 'stopped'].includes(fate));
  if (found.at(-1) !== 'finished') problems.push(`the last one was ${found.at(-1)}`);
  else {
    const end = await endOf(out);
    for (const key of Object.keys(expected)) if (end[key] !== expected[key]) problems.push(`${key} differ: ${end.left}`);
    const left = readdirSync(out).filter(name => name.startsWith('run.lock') || name.endsWith('.damaged'));
    if (left.length) problems.push(`left behind: ${left}`);
  }
  for (const fate of found) fates[fate.split(':')[0]] = (fates[fate.split(':')[0]] ?? 0) + 1;
  if (problems.length) failed++;
  const names = found.map(fate => fate.split(':')[0]).join(', ');
  const lines = [`${problems.length ? 'FAIL' : 'ok  '} round ${round}: ${names}`, ...problems.map(problem => `      ${problem}`)];
  process.stderr.write(`${lines.join('\n')}\n`);
  rmSync(out, { recursive: true, force: true });
}
const counts = Object.entries(fates).map(([fate, count]) => `${count} ${fate}`);
process.stdout.write(
  `${options.engine}: ${Number(options.rounds) - failed} of ${options.rounds} rounds ended as an undisturbed run ` +
    `(processes: ${counts.join(', ')})\n`,
);
process.exitCode = failed ? 1 : 0;
