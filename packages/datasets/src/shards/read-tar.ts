const block = 512;

/** A file of a tar archive; `data` is a part of the archive. */
export interface TarFile {
  name: string;
  data: Uint8Array;
}

/**
 * The files of a tar archive, in its order: of POSIX ustar, with long names as GNU tar and pax write them. Folders are left out.
 *
 * @throws Error as a sentence that goes on after the archive's name, if it is damaged or truncated, or holds what is no file or folder
 */
export function readTar(bytes: Uint8Array): TarFile[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: TarFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + block <= buffer.length; ) {
    const header = buffer.subarray(at, at + block);
    if (header.every(byte => byte === 0)) return files; // the end
    const text = (from: number, length: number) => header.toString('utf8', from, from + length).split('\0')[0]!;
    const octal = (from: number, length: number) => Number.parseInt(text(from, length).trim() || '0', 8);
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (sum !== octal(148, 8)) throw new Error(`it is no tar archive, or damaged at byte ${at}: a check sum does not fit`);
    const size = octal(124, 12);
    const start = at + block;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > buffer.length)
      throw new Error(`it is truncated: the file at byte ${at} has ${size} bytes, ${buffer.length - start} are left`);
    const data = buffer.subarray(start, start + size);
    const kind = String.fromCharCode(header[156]!);
    const prefix = text(257, 5) === 'ustar' && text(345, 155);
    const name = longName ?? (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100));
    at = start + Math.ceil(size / block) * block;
    if (kind === 'L') longName = data.toString('utf8').split('\0')[0];
    else if (kind === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(data.toString('utf8'))?.[1] ?? longName;
    else {
      longName = undefined;
      if (kind === '0' || kind === '\0') files.push({ name, data });
      else if (kind !== '5' && kind !== 'g') throw new Error(`${name} is a link or a device; expected files and folders alone`);
    }
  }
  throw new Error('it is truncated: the end is missing');
}
