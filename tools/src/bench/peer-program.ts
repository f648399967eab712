import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Runs another program that does the same work as ours, to compare speeds: one process, which ends with a line of JSON.
 *
 * @param command program and first arguments, divided by blanks
 * @param given further arguments, then `--name value` for each option
 * @param expected names of positive numbers that the line must hold
 * @throws Error naming `--peer`, the command and what is wrong with it
 */
export async function runPeer<Name extends string>(
  command: string,
  { given = [], options }: { given?: readonly string[]; options: Record<string, string | number> },
  expected: readonly Name[],
): Promise<Record<Name, number> & { loader?: unknown }> {
  const [program, ...before] = command.split(/\s+/).filter(Boolean);
  const fail = (reason: string) => new Error(`--peer: ${command}: ${reason}`);
  if (!program) throw fail('no command');
  const words = [...before, ...given, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
  const { stdout } = await promisify(execFile)(program, words, { maxBuffer: 2 ** 24 }).catch(error => {
    throw fail(String(error.stderr || error.message).trim().split('\n').at(-1)!); // biome-ignore format: one line
  });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    const found = JSON.parse(line) as Record<Name, number>;
    if (expected.every(name => found[name] > 0)) return found;
  } catch {
    // said below
  }
  throw fail(`expected one JSON line with ${expected.join(', ')}, found ${JSON.stringify(line.slice(0, 100))}`);
}
