// Gives tens of thousands of damaged files to every reader: pnpm fuzz [files per reader, default 2500] [seed, default 1].
// It ends with exit code 1 and the file in base64 when a reader crashes, hangs, or takes more time or memory than it may.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [runs = '2500', seed = '1'] = process.argv.slice(2);
if (![runs, seed].every(value => /^\d+$/.test(value))) {
  process.stderr.write('usage: pnpm fuzz [files per reader] [seed]\n');
  process.exit(1);
}
const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', '@wsss/tools', 'src/fuzz'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, WSSS_FUZZ_RUNS: runs, WSSS_FUZZ_SEED: seed, WSSS_ENGINE: process.env.WSSS_ENGINE ?? 'cpu' },
});
process.exit(status ?? 1);
