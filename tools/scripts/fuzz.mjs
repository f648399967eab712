// Gives tens of thousands of damaged files to every reader: pnpm fuzz [files per reader, default 2500] [seed, default 1].
// It ends with exit code 1 and the file in base64 when a reader crashes, hangs, or takes more time or memory than it may.
import { run } from '../../scripts/prepare.mjs';

const [runs = '2500', seed = '1'] = process.argv.slice(2);
if (![runs, seed].every(value => /^\d+$/.test(value))) {
  process.stderr.write('usage: pnpm fuzz [files per reader] [seed]\n');
  process.exit(1);
}
run('vitest', ['run', '--project', '@wsss/tools', 'src/fuzz'], {
  env: { WSSS_FUZZ_RUNS: runs, WSSS_FUZZ_SEED: seed, WSSS_ENGINE: process.env.WSSS_ENGINE ?? 'cpu' },
});
