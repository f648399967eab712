import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

/** The repository. */
export const root = resolve(import.meta.dirname, '../..');

/** What `mcc` hands to the program of tools, which would go on if only `mcc` were killed. */
const ofTools = ['bench', 'parity'];

/**
 * Runs `mcc` of this repository in a process of its own.
 *
 * @param seconds after which it is killed
 * @returns the last line that it printed: its result, with --json
 * @throws Error with the last lines that it wrote, if it failed
 */
export const runMcc = (args: string[], seconds?: number) =>
  new Promise<string>((resolve, reject) => {
    const program = ofTools.includes(args[0]!) ? 'tools/dist/cli.js' : 'examples/pipelines/bin/mcc.js';
    const child = spawn(process.execPath, [join(root, program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const written = { out: '', err: '' };
    child.stdout.on('data', text => (written.out += text));
    child.stderr.on('data', text => (written.err += text));
    const stop = seconds === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), 1000 * seconds);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(stop);
      const last = written.err.trim().split('\n').slice(-3).join(' ');
      // Parity prints its results even where a case fails, which is its exit code.
      if (signal)
        reject(new Error(signal === 'SIGKILL' ? `ended after ${seconds?.toFixed(0)} s, the time that was left. ${last}` : signal));
      else if (code && !written.out.trim()) reject(new Error(last));
      else resolve(written.out.trim().split('\n').at(-1)!);
    });
  });
