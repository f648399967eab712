/** A file of an archive: its path inside, with `/`, and its bytes. */
export interface ArchivedFile {
  path: string;
  data: Uint8Array;
}

const BLOCK = 512;

/**
 * A tar archive (POSIX ustar) in pieces, without owner and time, so that equal files make equal archives.
 *
 * @throws RangeError for a path of more than 100 bytes.
 */
export async function* tarArchive(files: AsyncIterable<ArchivedFile> | Iterable<ArchivedFile>): AsyncGenerator<Uint8Array> {
  for await (const { path, data } of files) {
    yield header(path, data.length);
    yield data;
    yield new Uint8Array((BLOCK - (data.length % BLOCK)) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK); // two empty blocks end an archive
}

function header(path: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  if (new TextEncoder().encode(path).length > 100) throw new RangeError(`tarArchive: the path ${path} is longer than 100 bytes`);
  put(0, path);
  put(100, octal(0o644, 7));
  put(108, octal(0, 7)); // user
  put(116, octal(0, 7)); // group
  put(124, octal(size, 11));
  put(136, octal(0, 11)); // time
  put(148, ' '.repeat(8)); // the check sum counts as spaces in itself
  put(156, '0'); // a plain file
  put(257, 'ustar\x0000');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)} `);
  return block;
}
