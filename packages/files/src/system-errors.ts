import { visible } from './visible.js';

/** What the system's error codes mean, as a sentence that goes on after the name of a file, with what to do. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'it may not be read or written by you',
  EPERM: 'the system does not allow it',
  EROFS: 'its file system is read-only',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder, and a file is expected',
  ENOTDIR: 'a part of its path is a file, and a folder is expected',
  ENOTEMPTY: 'the folder is not empty',
  ENOSPC: 'the disk is full (ENOSPC); make room and try again',
  EDQUOT: 'your share of the disk is used up; make room and try again',
  EFBIG: 'the file would be larger than its file system allows',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open at a time; raise the limit (ulimit -n)',
  ENFILE: 'too many files are open on this machine',
  ENAMETOOLONG: 'its name is too long for the file system',
  EILSEQ: 'its name is not possible on this file system',
  ELOOP: 'its path goes round in circles of symbolic links',
  EBUSY: 'something else is using it',
  ETXTBSY: 'something else is using it',
  EXDEV: 'it lies on another file system',
  EINVAL: 'the system takes it for impossible',
  ESTALE: 'it has vanished from the network disk',
  ENXIO: 'nothing answers there',
  ENODEV: 'there is no such device',
  ENOTSUP: 'its file system cannot do that',
  EOPNOTSUPP: 'its file system cannot do that',
  ENOMEM: 'there is not enough memory',
  EPIPE: 'nobody reads what is written any more',
  ENOTFOUND: 'no machine of that name is known (is there a network?)',
  EAI_AGAIN: 'the name of the machine cannot be looked up (is there a network?)',
  ECONNREFUSED: 'the machine takes no connection',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'the machine does not answer',
  EHOSTUNREACH: 'there is no way to the machine',
  ENETUNREACH: 'there is no network',
  ERR_FS_FILE_TOO_LARGE: 'the file is too large',
  ERR_STRING_TOO_LONG: 'the file is too large to be read as text',
};

/** Errors of JavaScript itself: a fault of the program or of a file that no reader foresaw, never a sentence for people. */
const internal = new Set(['TypeError', 'ReferenceError', 'SyntaxError', 'EvalError', 'URIError', 'AssertionError']);

/** The system's code in an error or in what caused it, such as `ENOSPC`. */
export function systemCode(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException & { cause?: unknown };
  if (typeof code === 'string' && /^E[A-Z_]+$/.test(code)) return code;
  return cause === undefined || cause === error ? undefined : systemCode(cause);
}

/** Whether an error, or what caused it, is that there is no room on the disk, or none of the user's share. */
export const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');

/**
 * Why something failed, as a sentence that goes on after the name of what failed: what the system's code means, else the error's own
 * words. This is the one place where errors of the system become sentences.
 *
 * @example
 * `${file} could not be written: ${reasonOf(error)}` // runs/a/log.jsonl could not be written: the disk is full; …
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : reasons[code];
  if (known && /^[A-Z_]+: |^(write|read|connect|getaddrinfo) E/.test(error.message)) return known;
  if (isStackOverflow(error)) return 'it is nested too deep';
  return inWords(error.message);
}

/** An error that says several things, each on a line of its own. */
export class LinesError extends Error {
  constructor(
    readonly lines: readonly string[],
    options?: ErrorOptions,
  ) {
    super(lines.join('\n'), options);
  }
}

/**
 * An error as one message for people: errors of the system in words with the file they are about, and errors of JavaScript itself as what
 * they are, a fault of this program. It is one line, or those of a {@link LinesError}: line ends and other controls in it, which come
 * from names, are shown as in {@link visible}.
 */
export function describeError(error: unknown): string {
  if (error instanceof Error && 'lines' in error && Array.isArray(error.lines))
    return error.lines.map(line => shown(inWords(String(line)))).join('\n');
  return shown(messageOf(error));
}

/** A line without controls, and without the middle of what is too long to be read. */
function shown(text: string): string {
  return visible(text.length <= longestLine ? text : `${text.slice(0, longestLine / 2)} … ${text.slice(-longestLine / 4)}`, '\t');
}

/** Characters; a path may have 4096, a value of a damaged file any number. */
const longestLine = 6000;

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isStackOverflow(error)) return 'something that was read is nested too deep; --trace-errors shows where';
  if (internal.has(error.name))
    return (
      `a fault of this program, which should have said what is wrong with its input ` +
      `(${error.name}: ${error.message}); --trace-errors shows where`
    );
  return inWords(error.message);
}

const isStackOverflow = (error: Error) => error instanceof RangeError && error.message.startsWith('Maximum call stack');

/** `ENOSPC: no space left on device, write '/a' -> '/b'`, wherever it stands in a text. */
const raw = /\b(E[A-Z]{2,}): [^,\n]+, \w+(?: '([^'\n]*)')?(?: -> '([^'\n]*)')?/g;

/** A text in which what the system says is put into words, with the file's name where the text does not name it. */
function inWords(text: string): string {
  return text.replace(raw, (whole: string, code: string, path: string | undefined, to: string | undefined, at: number) => {
    const reason = reasons[code];
    if (!reason) return whole;
    const about = to ?? path;
    return about && !text.slice(0, at).includes(about) ? `${about}: ${reason}` : reason;
  });
}
