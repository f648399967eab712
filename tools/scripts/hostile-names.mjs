// Sends random names that mean harm through every command that calls files after records: pnpm test:names [names, default 10000].
// It ends with exit code 1 when anything outside the folder of the results changes, or two names share a file.
import { run } from '../../scripts/prepare.mjs';

const [count = '10000'] = process.argv.slice(2);
if (!/^\d+$/.test(count)) {
  process.stderr.write('usage: pnpm test:names [names]\n');
  process.exit(1);
}
run('vitest', ['run', '--project', '@wsss/pipelines', 'hostile-names'], {
  env: { WSSS_HOSTILE_NAMES: count, WSSS_ENGINE: process.env.WSSS_ENGINE ?? 'wasm' },
});
