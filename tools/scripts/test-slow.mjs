// pnpm test:slow: what takes minutes. Installs and builds first; arguments go to vitest.
import { prepare, run } from '../../scripts/prepare.mjs';

prepare();
run('vitest', ['run', ...process.argv.slice(2)], { env: { WSSS_SLOW: '1' } });
