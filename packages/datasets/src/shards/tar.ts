const block = 512;

/**
 * A file in a tar archive (POSIX ustar): a header of 512 bytes, the content, and zeros up to a whole block. Owner, times and modes are
 * fixed, so that the same files give the same archive. {@link tarEnd} ends an archive.
 *
 * @param name at most 100 bytes, or 255 with a `/` where it can be split
 * @throws Error if the name is too long
 */
export function tarEntry(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(block);
  const [prefix, base] = split(name);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(base, 0);
  octal(0o644, 100, 8);
  octal(0, 108, 8); // user
  octal(0, 116, 8); // group
  octal(content.length, 124, 12);
  octal(0, 136, 12); // time
  header.write('        0', 148, 'latin1'); // the check sum counts as spaces in itself; 0 is a plain file
  header.write('ustar\x0000', 257, 'latin1');
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  octal(sum, 148, 7);
  return Buffer.concat([header, content, Buffer.alloc((block - (content.length % block)) % block)]);
}

function split(name: string): [prefix: string, base: string] {
  const fits = (text: string, most: number) => Buffer.byteLength(text) <= most;
  if (fits(name, 100)) return ['', name];
  for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1))
    if (fits(name.slice(0, at), 155) && fits(name.slice(at + 1), 100)) return [name.slice(0, at), name.slice(at + 1)];
  throw new Error(`the name ${name} is too long for a tar archive`);
}

/** What ends an archive: two empty blocks. */
export const tarEnd = new Uint8Array(2 * block);
