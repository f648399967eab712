import { reasonOf } from './system-errors.js';
import { visible } from './visible.js';

/** What a bar draws with, back at the start of the line. */
const clearing = '\u001b[K';

/** Text in which nothing but a bar acts on a terminal, whatever a name in it holds. */
export function harmless(text: string): string {
  const start = [`\r${clearing}`, '\r', ''].find(first => text.startsWith(first))!;
  const end = start && text.length > start.length && text.endsWith(clearing) ? clearing : '';
  return start + visible(text.slice(start.length, text.length - end.length), '\n\t') + end;
}

/** Once a process. */
let heard = false;

/**
 * Makes screens inessential: where standard error is closed or full, what would be shown is lost and nothing else. Where standard output
 * is, results are lost: one line says so, and the exit code is 1; the work goes on to its end. Text from names cannot act on a terminal.
 *
 * @param program whose name stands before that line.
 * @returns what puts the streams back.
 */
export function guardScreens(program: string): () => void {
  const { stdout, stderr } = process;
  let isLost = false;
  const onLost = (error: unknown) => {
    if (isLost) return;
    isLost = true;
    process.exitCode ||= 1;
    stderr.write(`${program}: results could not be written to standard output: ${reasonOf(error)}\n`);
  };
  if (!heard) {
    stdout.on('error', onLost);
    stderr.on('error', () => undefined);
    heard = true;
  }
  const guarded = [stdout, stderr].map(stream => {
    const { write } = stream;
    const replaced = ((text: string | Uint8Array, ...more: never[]) => {
      try {
        return write.call(stream, typeof text === 'string' ? harmless(text) : text, ...more);
      } catch (error) {
        if (stream === stdout) onLost(error);
        return true;
      }
    }) as typeof write;
    stream.write = replaced;
    return () => {
      if (stream.write === replaced) stream.write = write;
    };
  });
  return () => {
    for (const restore of guarded) restore();
  };
}
