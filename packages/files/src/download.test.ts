import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { download } from './download.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const hash = createHash('sha256').update(content).digest('hex');
const sha256 = hash.slice(0, 8);
const folder = mkdtempSync(join(tmpdir(), 'wsss-download-'));

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let ranges: (string | undefined)[] = [];
const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  answer(request, response);
});
let url = '';
let file = '';
let count = 0;
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/w.pth`;
});
beforeEach(() => {
  ranges = [];
  file = join(folder, `${count++}`, 'w.pth');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Cuts the connection when so much of the file is here: what is still on its way is lost in some versions of Node. */
function cutOnceKept(response: ServerResponse, bytes: number): void {
  const part = `${file}.part`;
  if (existsSync(part) && statSync(part).size >= bytes) response.destroy();
  else setTimeout(cutOnceKept, 2, response, bytes);
}

/** Answers as file servers do; `upTo` cuts the connection there. */
const serve =
  (upTo = content.length, supportsRanges = true) =>
  (request: IncomingMessage, response: ServerResponse) => {
    const start = supportsRanges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    response.writeHead(start ? 206 : 200, {
      'content-length': content.length - start,
      ...(start && { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (upTo < content.length) {
      response.write(content.subarray(start, Math.max(start, upTo)));
      cutOnceKept(response, upTo);
    } else response.end(content.subarray(start));
  };
const fetchIt = (options = {}) => download(url, file, { sha256, pauseSeconds: 0.001, ...options });

describe('download', () => {
  it('fetches a file, says how far it is, and does not fetch it twice', async () => {
    answer = serve();
    const seen: [number, number?][] = [];
    expect(await fetchIt({ onProgress: (done: number, total?: number) => seen.push([done, total]) })).toEqual({
      file,
      fetched: true,
      hash,
    });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
    expect(existsSync(`${file}.part`)).toBe(false);
    expect(await fetchIt()).toEqual({ file, fetched: false, hash });
    expect(ranges).toEqual([undefined]);
  });

  it('takes a file whose SHA-256 nobody states, and tells it', async () => {
    answer = serve();
    expect(await fetchIt({ sha256: undefined })).toEqual({ file, fetched: true, hash });
    expect(await fetchIt({ sha256: undefined })).toEqual({ file, fetched: false, hash });
  });

  it('goes on after a broken connection', async () => {
    let tries = 0;
    answer = (request, response) => serve([100_000, 200_000, content.length][tries++]!)(request, response);
    expect(await fetchIt()).toEqual({ file, fetched: true, hash });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.length).toBe(3);
    for (const range of ranges.slice(1)) expect(Number(/bytes=(\d+)-/.exec(range!)![1])).toBeGreaterThan(0);
  });

  it('goes on where an interrupted command stopped', async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 150_000)); // and then nothing
    };
    const interrupted = fetchIt({
      signal: controller.signal,
      onProgress: (done: number) => done === 150_000 && controller.abort(),
    });
    await expect(interrupted).rejects.toThrow(/interrupted; the same command goes on with .*w\.pth\.part/);
    expect(statSync(`${file}.part`).size).toBe(150_000);
    answer = serve();
    await fetchIt();
    expect(ranges).toEqual([undefined, 'bytes=150000-']);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('starts over where a server knows no ranges, and takes a part that is whole', async () => {
    answer = serve(content.length, false);
    await fetchIt();
    const other = `${file}2`;
    writeFileSync(`${other}.part`, content.subarray(0, 1000));
    await download(url, other, { sha256 });
    expect(readFileSync(other).equals(content)).toBe(true);
    answer = serve();
    const third = `${file}3`;
    writeFileSync(`${third}.part`, content);
    await download(url, third, { sha256 });
    expect(readFileSync(third).equals(content)).toBe(true);
    const fourth = `${file}4`;
    writeFileSync(`${fourth}.part`, Buffer.concat([content, content]));
    await download(url, fourth, { sha256, pauseSeconds: 0.001 });
    expect(readFileSync(fourth).equals(content)).toBe(true);
  });

  it('gives up a connection that brings nothing, and says why', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': content.length }).flushHeaders();
    await expect(fetchIt({ stallSeconds: 0.05, attempts: 2 })).rejects.toThrow(/cannot be fetched: nothing came for 0\.05 seconds/);
    await expect(download('http://127.0.0.1:1/w.pth', file, { sha256, attempts: 1 })).rejects.toThrow(
      /cannot be fetched: .*(ECONNREFUSED|bad port)/,
    );
  });

  it('does not try again where nothing comes', async () => {
    let asked = 0;
    answer = (_, response) => {
      asked++;
      response.writeHead(200, { 'content-length': content.length }).flushHeaders();
    };
    await expect(fetchIt({ stallSeconds: 0.05 })).rejects.toThrow('nothing came for 0.05 seconds');
    expect(asked).toBe(1);
  });

  it('takes no more than the file can have, whether the server says how much it is or not', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': 1e12 }).flushHeaders();
    await expect(fetchIt({ mostBytes: 1e6 })).rejects.toThrow(/sends 1000000000000 bytes, and the file has at most 1000000/);
    answer = (_, response) => {
      response.on('error', () => undefined);
      const more = () => response.writable && response.write(Buffer.alloc(65_536)) && setImmediate(more);
      response.on('drain', more);
      more();
    };
    await expect(fetchIt({ mostBytes: 1e6 })).rejects.toThrow(/sends more than 1000000 bytes/);
    expect([file, `${file}.part`].some(existsSync)).toBe(false);
  });

  it('refuses wrong content and keeps nothing of it', async () => {
    answer = (_, response) => void response.end('<html>Log in first</html>');
    await expect(fetchIt()).rejects.toThrow(/is not the file: its SHA-256 begins with [0-9a-f]{8} instead of/);
    expect([file, `${file}.part`].some(existsSync)).toBe(false);
    writeFileSync(file, 'something else');
    await expect(fetchIt()).rejects.toThrow(/w\.pth is here, but its SHA-256 begins with/);
  });

  it('does not insist where the server says no', async () => {
    answer = (_, response) => void response.writeHead(404).end();
    await expect(fetchIt()).rejects.toThrow(/w\.pth: the server answers 404 Not Found/);
    expect(ranges.length).toBe(1);
  });
});
