// Other versions of Node, which npm has.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../../scripts/prepare.mjs';

/** The Node of a version such as 22 or 20.20.2, installed below `.cache` if it is not there yet: the path of its program. */
export function nodeOfVersion(version) {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) throw new Error(`${version} is no version of Node; expected 22 or 20.20.2`);
  const windows = process.platform === 'win32';
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const folder = join(root, '.cache', `node-${version}`);
  const node = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    process.stderr.write(`Installing ${name}@${version} …\n`);
    mkdirSync(folder, { recursive: true });
    const quietly = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    run('npm', ['install', '--prefix', folder, ...quietly, `${name}@${version}`], { quiet: true });
  }
  return node;
}
