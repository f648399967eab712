// pnpm test:node 22: the tests on another version of Node, which npm has. What stands behind the version goes to vitest.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { prepare, root } from '../../scripts/prepare.mjs';
import { nodeOfVersion } from './node-versions.mjs';

const [version, ...args] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version ?? '')) {
  process.stderr.write('usage: pnpm test:node VERSION [vitest arguments], for instance pnpm test:node 22 --project @wsss/mcc\n');
  process.exit(2);
}

const node = nodeOfVersion(version);
const PATH = dirname(node) + delimiter + process.env.PATH; // for what tests start
const found = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
prepare();
process.stderr.write(`Testing on Node ${found} …\n`);
const { status } = spawnSync(node, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...args], {
  cwd: root,
  env: { ...process.env, PATH },
  stdio: 'inherit',
});
process.exit(status ?? 1);
