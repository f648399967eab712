import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { readWholeFile, readZip, type ZipEntry } from '@wsss/numpy';
import { EngineError } from '../engine.js';

/**
 * Unpacks some files of a Python wheel, a zip archive, into a folder, and checks them against the wheel's own list of checksums. The wheel
 * is held in memory; what is unpacked, which can be several times larger, is not.
 *
 * @param place gives the path below `folder` for a file in the wheel, or undefined to leave it out
 * @returns how many bytes were unpacked
 * @throws {EngineError} if the file is no wheel, or damaged
 */
export async function unpackWheel(wheel: string, folder: string, place: (name: string) => string | undefined): Promise<number> {
  const refuse = (what: string): never => {
    throw new EngineError(`The wheel ${wheel} cannot be unpacked: ${what}`, 'If it is damaged, download it again');
  };
  try {
    const files = readZip(await readWholeFile(wheel), refuse);
    const list = [...files].find(([name]) => name.endsWith('.dist-info/RECORD'))?.[1];
    const sums = list ? new TextDecoder().decode(list.read()) : '';
    let bytes = 0;
    for (const [name, file] of files) {
      if (/(^|[\\/])\.\.([\\/]|$)|^([\\/]|\w:)/.test(name)) refuse(`${name} in it leads out of the folder`);
      const target = name.endsWith('/') ? undefined : place(name);
      if (target === undefined) continue;
      const sum = await unpackFile(file, join(folder, target));
      if (!sums.includes(`${name},sha256=${sum},`)) refuse(`the checksum of ${name} is wrong`);
      bytes += file.size;
    }
    return bytes;
  } catch (error) {
    if (error instanceof EngineError) throw error;
    return refuse((error as Error).message);
  }
}

/** @returns the SHA-256 of what was unpacked, as wheels write it. */
async function unpackFile({ packed, deflated, size, mode }: ZipEntry, path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  let unpacked = 0;
  const check = async function* (pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) {
      unpacked += piece.length;
      if (unpacked > size) throw new Error(`${path} would be longer than the ${size} bytes that the wheel states`);
      hash.update(piece);
      yield piece;
    }
  };
  const stored = Readable.from([packed]);
  await pipeline(deflated ? stored.pipe(createInflateRaw()) : stored, check, createWriteStream(path));
  if (mode & 0o100) await chmod(path, 0o755);
  return hash.digest('base64url');
}
