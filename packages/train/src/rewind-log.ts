import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './atomic-write.js';
import type { LogRecord } from './run-log.js';

/**
 * Takes a run's `log.jsonl` back to where the run goes on, so that no record is there twice: keeps the records that are wanted, up to the
 * first line that is not whole.
 *
 * @param folder of the run; without a log nothing happens.
 * @param keep whether a record is still true, for instance `({ step }) => step <= done`.
 * @returns how many lines were dropped.
 */
export async function rewindLog(folder: string, keep: (record: LogRecord) => boolean): Promise<number> {
  const file = join(folder, 'log.jsonl');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!text) return 0;
  const lines = text.replace(/\n$/, '').split('\n');
  const damaged = lines.findIndex(line => !parse(line));
  const kept = lines.slice(0, damaged < 0 ? undefined : damaged).filter(line => keep(parse(line)!));
  const rest = kept.map(line => `${line}\n`).join('');
  if (rest !== text) await writeAtomically(file, rest);
  return lines.length - kept.length;
}

function parse(line: string): LogRecord | undefined {
  try {
    const record = JSON.parse(line) as LogRecord | null;
    return typeof record?.step === 'number' && typeof record.kind === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
