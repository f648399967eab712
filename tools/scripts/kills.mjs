// pnpm test:kills [--engine NAME] [--kills N] [--seed N]: kills eval, pseudo, predict, data pack and export at random moments, and runs
// each again. It must end well, with the results of one that was never killed, and leave nothing unfinished. Exit code 1 if it does
// not.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { smallPictures } from './small-pictures.mjs';
import { temporaryFolder, training } from './small-run.mjs';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'wasm' },
    kills: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  },
});
const folder = temporaryFolder('wsss-kills-');
const mcc = resolve(import.meta.dirname, '../../examples/pipelines/bin/mcc.js');
const data = join(folder, 'data');
await smallPictures(data, 40);

let state = Number(options.seed);
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  const mixed = Math.imul(state ^ (state >>> 15), state | 1);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

async function run(args, timeout) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout, killSignal: 'SIGKILL' });
  let text = '';
  child.stderr.on('data', part => (text += part));
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, text };
}

const engine = ['--engine', options.engine, '--threads', '1'];
const [, ...trainArguments] = training(folder, { iterations: 1 })(join(folder, 'run'), options.engine, '1');
const trained = await run([mcc, ...trainArguments.map(word => (word === 'shapes' ? 'folder' : word)), '--data', data]);
if (trained.code !== 0) throw new Error(trained.text);
const checkpoint = ['--checkpoint', join(folder, 'run')];
const onSplit = name => out => [mcc, name, 'folder', '--data', data, '--split', 'val', ...checkpoint, '--out', out, ...engine];
const commands = {
  eval: onSplit('eval'),
  pseudo: onSplit('pseudo'),
  predict: out => [mcc, 'predict', join(data, 'val'), ...checkpoint, '--out', out, ...engine],
  pack: out => [mcc, 'data', 'pack', 'folder', data, '--split', 'val', '--out', out],
  export: out => [mcc, 'export', ...checkpoint, '--out', join(out, 'net.onnx'), ...engine],
};

/** What is in a folder, but for what is measured. */
function resultsOf(out) {
  const lines = readdirSync(out, { recursive: true, encoding: 'utf8' })
    .filter(name => statSync(join(out, name)).isFile())
    .sort()
    .map(
      name =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(out, name)))
          .digest('hex')}`,
    );
  return lines.join('\n');
}

let failed = 0;
for (const [name, argumentsOf] of Object.entries(commands)) {
  const out = join(folder, name);
  const begun = performance.now();
  const whole = await run(argumentsOf(out));
  const milliseconds = performance.now() - begun;
  if (whole.code !== 0) throw new Error(`${name}: ${whole.text}`);
  const expected = resultsOf(out);
  let well = 0;
  for (let kill = 0; kill < Number(options.kills); kill++) {
    rmSync(out, { recursive: true, force: true });
    await run(argumentsOf(out), Math.ceil(milliseconds * (0.3 + 0.8 * random())));
    const finished = existsSync(out) && resultsOf(out) === expected;
    const again = name === 'pack' && finished ? { code: 0, text: '' } : await run(argumentsOf(out));
    const found = existsSync(out) ? resultsOf(out) : '';
    // A file that was being written when its process was killed keeps its temporary name, and is in nobody's way.
    const same =
      found
        .split('\n')
        .filter(line => !/\.tmp /.test(line))
        .join('\n') === expected;
    if (again.code === 0 && same) well++;
    else process.stderr.write(`FAIL ${name}: ended with ${again.code}: ${again.text.slice(-300)}\n${found}\n`);
  }
  failed += Number(options.kills) - well;
  process.stdout.write(`${name}: ${well} of ${options.kills} ended as one that was never killed\n`);
}
process.exitCode = failed ? 1 : 0;
