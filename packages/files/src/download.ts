import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder } from './make-folder.js';

/** What {@link download} gives. */
export interface Downloaded {
  file: string;
  fetched: boolean;
  /** Of the file that is here now: 64 hexadecimal digits. */
  hash: string;
}

export interface DownloadOptions {
  /** What the file's SHA-256 begins with, in lower-case hexadecimal digits. Without it only the length is checked. */
  sha256?: string;
  /** Called with the bytes that are here and, where the server tells, those of the whole file. */
  onProgress?: (done: number, total?: number) => void;
  /** Ends the download; what is here is kept for the next time. */
  signal?: AbortSignal;
  /** Seconds without a byte after which the download is given up. Default 60. */
  stallSeconds?: number;
  /** The most bytes that the file may have: what comes beyond ends the download. Default 4 GiB. */
  mostBytes?: number;
  /** Connections in a row that may bring nothing. Default 4. */
  attempts?: number;
  /** Seconds to wait after the first of these, doubled after each further one. Default 1. */
  pauseSeconds?: number;
}

/**
 * Downloads a file, going on where an earlier download ended. While it is incomplete it is called `<file>.part`; it gets its name once its
 * SHA-256 is right.
 *
 * @returns the path, whether it was fetched rather than here already, and its SHA-256.
 * @throws Error when the server refuses, the connection fails again and again (what is here is kept), or the content is wrong (it is
 *   removed).
 */
export async function download(url: string, file: string, options: DownloadOptions): Promise<Downloaded> {
  const { sha256 = '', signal, attempts = 4, pauseSeconds = 1 } = options;
  if ((await sizeOf(file)) !== undefined) {
    const found = await hashOf(file);
    if (found.startsWith(sha256)) return { file, fetched: false, hash: found };
    throw new Error(
      `${file} is here, but its SHA-256 begins with ${found.slice(0, 8)} instead of ${sha256}; move it away to fetch it again`,
    );
  }
  makeFolder(dirname(file));
  const part = `${file}.part`;
  for (let failures = 0; ; ) {
    const before = (await sizeOf(part)) ?? 0;
    try {
      await fetchRest(url, part, before, options);
      break;
    } catch (error) {
      if (signal?.aborted) throw new Error(`the download was interrupted; the same command goes on with ${part}`);
      if (error instanceof TooLarge) await rm(part, { force: true }); // what is here is not the file
      if (error instanceof Refused) throw error;
      if (((await sizeOf(part)) ?? 0) > before) failures = 0;
      if (++failures >= attempts || error instanceof Stalled)
        throw new Error(
          `${url} cannot be fetched: ${reasonOf(error)}. The same command tries again${before ? `, going on with ${part}` : ''}.`,
          { cause: error },
        );
      await wait(1000 * pauseSeconds * 2 ** (failures - 1), undefined, { signal }).catch(() => undefined);
    }
  }
  const found = await hashOf(part);
  if (!found.startsWith(sha256)) {
    await rm(part, { force: true });
    const difference = `its SHA-256 begins with ${found.slice(0, 8)} instead of ${sha256}`;
    throw new Error(`what came from ${url} is not the file: ${difference}. It was removed; try again.`);
  }
  await rename(part, file);
  return { file, fetched: true, hash: found };
}

/** The server's answer means no; asking again does not help. */
class Refused extends Error {}

/** What comes is not the file. */
class TooLarge extends Refused {}

/** Nothing came for so long that it is given up. */
class Stalled extends Error {}

/** Appends what is missing to the part that is here, or starts over if the server cannot send a rest. */
async function fetchRest(url: string, part: string, start: number, options: DownloadOptions): Promise<void> {
  const { signal, onProgress, stallSeconds = 60, mostBytes = 4 * 2 ** 30 } = options;
  const tooLarge = (bytes: string) =>
    new TooLarge(`${url} sends ${bytes} bytes, and the file has at most ${mostBytes}; it is not what is wanted`);
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Stalled(`nothing came for ${stallSeconds} seconds`)), 1000 * stallSeconds);
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(start && { range: `bytes=${start}-` }) },
      signal: signal ? AbortSignal.any([signal, stall.signal]) : stall.signal,
    });
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
    if (response.status === 416 && Number(range?.[2]) === start) return; // all of it is here
    if (response.status === 416) {
      await rm(part, { force: true });
      throw new Error('the part that was here is longer than the file');
    }
    if (response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429)
      throw new Refused(`${url}: the server answers ${response.status} ${response.statusText}`);
    if (!response.ok || !response.body) throw new Error(`the server answers ${response.status} ${response.statusText}`);
    const appends = response.status === 206 && Number(range?.[1]) === start;
    let done = appends ? start : 0;
    const length = Number(response.headers.get('content-length'));
    const total = length ? done + length : undefined;
    if (total !== undefined && total > mostBytes) throw tooLarge(`${total}`);
    const handle = await open(part, appends ? 'a' : 'w');
    try {
      for await (const chunk of Readable.fromWeb(response.body as ReadableStream<Uint8Array>)) {
        done += chunk.length;
        if (done > Math.min(mostBytes, total ?? mostBytes)) throw tooLarge(`more than ${Math.min(mostBytes, total ?? mostBytes)}`);
        await handle.writeFile(chunk);
        onProgress?.(done, total);
        timer.refresh();
      }
      if (total !== undefined && done !== total) throw new Error(`the connection ended after ${done} of ${total} bytes`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Bytes of a file; undefined where there is none. */
async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

/** `fetch` says "fetch failed" and keeps the reason as its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message ? cause.message : message;
}
