/**
 * Rows and fields of comma-separated values (RFC 4180): fields may be in double quotes, `""` in them is a quote; Windows line ends,
 * a byte order mark and blank lines are fine.
 *
 * @returns rows with the line each begins on, counted from 1
 * @throws Error with the line of a quote that is never closed
 */
export function readCsv(text: string): { line: number; fields: string[] }[] {
  const rows: { line: number; fields: string[] }[] = [];
  let fields: string[] = [];
  let line = 1;
  let begun = 1;
  const field = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\r?\n|$)/gy;
  const source = text.replace(/^\uFEFF/, '');
  while (field.lastIndex < source.length || fields.length) {
    const found = field.exec(source);
    if (!found) throw new Error(`line ${begun}: a quote is out of place or never closed`);
    const [whole, quoted, plain, end] = found;
    fields.push(quoted === undefined ? plain!.trim() : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    if (fields.length > 1 || fields[0]) rows.push({ line: begun, fields });
    fields = [];
    begun = line;
    if (field.lastIndex >= source.length) break;
  }
  return rows;
}

/** The text of a table: in UTF-16 where it begins with its mark, as Excel's "Unicode text" does, else in UTF-8. */
export function csvText(bytes: Uint8Array): string {
  const sixteen = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(sixteen).decode(bytes);
}
