/** A file that is not what it should be: damaged, truncated, hostile, or of a form that is not read. The message names the file. */
export class FileFormatError extends Error {
  override readonly name = 'FileFormatError';
}

/** How readers refuse: the rest of a sentence that begins with the file's name. */
export type Refuse = (what: string) => never;

/**
 * The refusal of one file.
 *
 * @param source what the file is called, usually its path.
 * @param format what it should be, for example `.npy file`.
 * @param advice a sentence that says what to do.
 */
export function refusal(source: string, format: string, advice: string): Refuse {
  return what => {
    throw new FileFormatError(`${source} is not a readable ${format}: ${what}. ${advice}`);
  };
}
