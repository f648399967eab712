// Installs and builds what is not there yet. With nothing to do it takes about a second: turbo knows what is built.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '..');
const environment = {
  ...process.env,
  PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};

/** Runs a command of this repository; ends this process with its exit code if it fails. */
export function run(command, args, { quiet = false, env = {} } = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...environment, ...env },
    stdio: quiet ? 'pipe' : 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  process.stderr.write(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}\n`);
  process.exit(status ?? 1);
}

/** Installs the lockfile's packages, unless the last installation was of this very lockfile, and builds. */
export function prepare() {
  const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  const stamp = join(root, 'node_modules', '.installed-lockfile');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockfile) {
    const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    process.stderr.write('Installing packages …\n');
    run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], { quiet: true });
    writeFileSync(stamp, lockfile);
  }
  process.stderr.write('Building …\n');
  run('turbo', ['run', 'build', '--output-logs=errors-only'], { quiet: true });
}
