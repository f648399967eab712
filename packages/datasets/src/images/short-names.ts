/** A picture's path without its ending. */
export const withoutEnding = (file: string): string => file.replace(/\.[^./]*$/, '');

/**
 * The names that masks and results of pictures get: their paths without ending, or with it where that would be the name of two (`a.jpg` and
 * `a.png`; `A.jpg` as well, for systems that do not tell them apart).
 *
 * @param files paths that differ
 * @returns a name a picture, in the order of the files
 */
export function shortNames(files: readonly string[]): string[] {
  const short = files.map(file => withoutEnding(file).toLowerCase());
  const count = new Map<string, number>();
  for (const name of short) count.set(name, (count.get(name) ?? 0) + 1);
  // A name with its ending may be another's without: of `a.jpg`, `a.png` and `a.jpg.gif`, say.
  const whole = new Set<string>();
  for (const [i, file] of files.entries()) if (count.get(short[i]!)! > 1) whole.add(file.toLowerCase());
  for (let before = -1; before !== whole.size && whole.size; ) {
    before = whole.size;
    for (const [i, file] of files.entries()) if (whole.has(short[i]!)) whole.add(file.toLowerCase());
  }
  return files.map(file => (whole.has(file.toLowerCase()) ? file : withoutEnding(file)));
}
