import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { version_core } from '@tensorflow/tfjs-core';
import { readFileSync } from '@wsss/files';

/** Which program made a result. */
export interface CodeVersion {
  mcc: string;
  /** Commit of the checkout that it runs from, ending in `-dirty` if files differ from it; null where there is none. */
  commit: string | null;
  node: string;
  tfjs: string;
}

/** Of this package: this file lies in its dist, or in a room of its src. */
const folder = ['..', '../..'].map(path => new URL(`${path}/`, import.meta.url)).find(url => existsSync(new URL('package.json', url)))!;

export function codeVersion(): CodeVersion {
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { version: string };
  return { mcc: version, commit: commit(), node: process.version, tfjs: version_core };
}

function commit(): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    git('ls-files', '--error-unmatch', 'package.json'); // an installed copy may lie in a repository of something else
    return git('describe', '--always', '--dirty', '--abbrev=12');
  } catch {
    return null;
  }
}
