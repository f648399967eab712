import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import yauzl, { type Entry } from 'yauzl';
import { EngineError } from '../engine.js';

/** yauzl's interface of promises, which its type declarations lack. */
interface Zip {
  eachEntry(): AsyncIterable<Entry>;
  openReadStreamPromise(entry: Entry): Promise<Readable>;
  close(): void;
}
const { openPromise } = yauzl as unknown as { openPromise(path: string, options: object): Promise<Zip> };

/**
 * Unpacks some files of a Python wheel, which is a zip archive, and checks them against the wheel's own list of checksums.
 *
 * @param wheel path of the wheel
 * @param folder where to
 * @param place gives the path below `folder` for a file in the wheel, or undefined to leave it out
 * @returns how many bytes were unpacked
 * @throws {EngineError} if the file is no wheel, or damaged
 */
export async function unpackWheel(wheel: string, folder: string, place: (name: string) => string | undefined): Promise<number> {
  try {
    const zip = await openPromise(wheel, { autoClose: false }); // refuses names that lead out of the folder
    try {
      return await unpack(zip, folder, place);
    } finally {
      zip.close();
    }
  } catch (error) {
    throw new EngineError(`The wheel ${wheel} cannot be unpacked: ${(error as Error).message}`, 'If it is damaged, download it again');
  }
}

async function unpack(zip: Zip, folder: string, place: (name: string) => string | undefined): Promise<number> {
  const sums = new Map<string, string>();
  let record = '';
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    if (name.endsWith('.dist-info/RECORD')) record = await text(await zip.openReadStreamPromise(entry));
    const target = name.endsWith('/') ? undefined : place(name);
    if (target === undefined) continue;
    const path = join(folder, target);
    await mkdir(dirname(path), { recursive: true });
    const hash = createHash('sha256');
    const stream = await zip.openReadStreamPromise(entry);
    stream.on('data', chunk => hash.update(chunk));
    await pipeline(stream, createWriteStream(path));
    sums.set(name, hash.digest('base64url'));
    if ((entry.externalFileAttributes >>> 16) & 0o100) await chmod(path, 0o755);
    bytes += entry.uncompressedSize;
  }
  for (const [name, sum] of sums) if (!record.includes(`${name},sha256=${sum},`)) throw new Error(`the checksum of ${name} is wrong`);
  return bytes;
}
