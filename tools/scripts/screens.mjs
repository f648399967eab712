// pnpm test:screens [--engine NAME]: trains where nobody looks: standard error closed, full, cut after a line, and a terminal that is
// closed. Training must end as asked, saved. Exit code 1 if it does not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { logOf, temporaryFolder, training } from './small-run.mjs';

const { values: options } = parseArgs({ options: { engine: { type: 'string', default: 'wasm' } } });
const folder = temporaryFolder('wsss-screens-');
const argumentsOf = training(folder, { iterations: 6, log: { every: 2, checkpointEvery: 3 } });
let failed = false;

/** @param redirection of the shell, behind the command */
async function attempt(what, redirection, { code: wanted = 0 } = {}) {
  const out = join(folder, what.replaceAll(/\W+/g, '-'));
  const words = argumentsOf(out, options.engine, '1').map(word => `'${word}'`);
  const child = spawn('bash', ['-c', `set -o pipefail; '${process.execPath}' ${words.join(' ')} ${redirection}`], { stdio: 'ignore' });
  const [code] = await once(child, 'close');
  const saved = existsSync(join(out, 'checkpoint.safetensors'));
  const last = existsSync(join(out, 'log.jsonl')) ? logOf(out).at(-1).step : 0;
  const well = saved && last >= 6 && (wanted === undefined || code === wanted);
  failed ||= !well;
  process.stdout.write(
    `${well ? 'ok  ' : 'FAIL'}  ${what}: exit code ${code}, ${saved ? 'saved' : 'not saved'}, logged to iteration ${last}\n`,
  );
}

await attempt('2>&1 | head -1', '2>&1 | head -1');
await attempt('standard error is full', '2>/dev/full');
await attempt('both are full', '--json >/dev/full 2>/dev/full', { code: 1 });
await attempt('both are closed', '--json >&- 2>&-', { code: undefined });

// The terminal is closed: SIGHUP, and standard error breaks.
const longer = training(folder, { iterations: 400, log: { every: 2, checkpointEvery: 300 } });
const out = join(folder, 'hangup');
const log = join(out, 'log.jsonl');
const child = spawn(process.execPath, longer(out, options.engine, '1'), { stdio: ['ignore', 'ignore', 'pipe'] });
while (!existsSync(log) || !readFileSync(log, 'utf8').includes('\n')) await new Promise(done => setTimeout(done, 50));
child.stderr.destroy();
child.kill('SIGHUP');
const [code] = await once(child, 'exit');
const well = code === 129 && existsSync(join(out, 'checkpoint.safetensors'));
failed ||= !well;
process.stdout.write(`${well ? 'ok  ' : 'FAIL'}  the terminal is closed: exit code ${code}\n`);
process.exitCode = failed ? 1 : 0;
