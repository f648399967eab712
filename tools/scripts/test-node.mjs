// pnpm test:node 22: the tests on another version of Node, which npm has. What stands behind the version goes to vitest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { prepare, root, run } from '../../scripts/prepare.mjs';

const [version, ...args] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version ?? '')) {
  process.stderr.write('usage: pnpm test:node VERSION [vitest arguments], for instance pnpm test:node 22 --project @wsss/mcc\n');
  process.exit(2);
}

const windows = process.platform === 'win32';
const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
const folder = join(root, '.cache', `node-${version}`);
const node = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
if (!existsSync(node)) {
  process.stderr.write(`Installing ${name}@${version} …\n`);
  mkdirSync(folder, { recursive: true });
  run('npm', ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`], {
    quiet: true,
  });
}
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
