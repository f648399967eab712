// npm test: installs, builds and runs every test. Arguments go to vitest: npm test -- --project @wsss/mcc
import { prepare, run } from './prepare.mjs';

prepare();
run('vitest', ['run', ...process.argv.slice(2)]);
