// pnpm audit:known: asks the registry for known faults of what is installed at run time. A registry that does not answer fails nothing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { stdout } = spawnSync('npx', ['--yes', packageManager, 'audit', '--prod', '--json'], {
  cwd: root,
  encoding: 'utf8',
  timeout: 120_000,
});
let counts;
try {
  counts = JSON.parse(stdout).metadata?.vulnerabilities;
} catch {
  // no answer, or one of another form
}
if (!counts) process.stdout.write('The registry does not say what faults are known; nothing was checked.\n');
else {
  const { high = 0, critical = 0, moderate = 0, low = 0 } = counts;
  process.stdout.write(`Known faults of what is installed: ${critical} critical, ${high} high, ${moderate} moderate, ${low} low\n`);
  if (critical + high) {
    process.stdout.write('pnpm audit --prod says which\n');
    process.exitCode = 1;
  }
}
