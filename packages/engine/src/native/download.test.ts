import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chooseWheel, fetchFromIndex } from './download.js';

const system = { 'linux-x64': 'manylinux_2_17_x86_64', 'linux-arm64': 'manylinux2014_aarch64', 'darwin-arm64': 'macosx_12_0_arm64' };
const tag = system[`${process.platform}-${process.arch}` as keyof typeof system];
const filename = `tensorflow_cpu-2.21.0-cp311-cp311-${tag}.whl`;
const content = Buffer.alloc(100_000, 'wheel');
const sha256 = createHash('sha256').update(content).digest('hex');

const folder = mkdtempSync(join(tmpdir(), 'wsss-wheel-'));
let answers: { index: (response: ServerResponse) => void; wheel: (response: ServerResponse) => void };
const server = createServer((request, response) => (request.url === '/wheel' ? answers.wheel : answers.index)(response));
let origin = '';
let count = 0;
let out = '';
/** What the index says. */
const list = (...files: object[]) => JSON.stringify({ urls: files });
const listed = (changes: object = {}) => ({ filename, url: `${origin}/wheel`, size: content.length, digests: { sha256 }, ...changes });

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  out = join(folder, `${count++}`, 'wheels');
  answers = { index: response => response.end(list(listed())), wheel: response => response.end(content) };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
const fetchIt = (stallSeconds = 60) =>
  fetchFromIndex({ project: 'tensorflow-cpu', version: '2.21.0' }, out, () => undefined, {
    ...{ index: origin, stallSeconds, pauseSeconds: 0.001 },
  });

describe.skipIf(!tag)('fetchFromIndex', () => {
  it('fetches the wheel for this machine', async () => {
    answers.index = response => response.end(list(listed({ filename: 'x-cp311-cp311-win_amd64.whl' }), listed()));
    const path = await fetchIt();
    expect(path).toBe(join(out, filename));
    expect(readFileSync(path)).toEqual(content);
  });

  it('gives up a wheel that is larger than listed, also where its end is not told', async () => {
    const more = Buffer.alloc(content.length + 1);
    answers.wheel = response => response.writeHead(200, { 'content-length': more.length }).end(more);
    await expect(fetchIt()).rejects.toThrow(/sends 100001 bytes, and the file has at most 100000/);
    let sent = 0;
    answers.wheel = response => {
      const send = () => {
        while (!response.destroyed && response.write(content)) sent += content.length;
        response.once('drain', send);
      };
      send();
    };
    await expect(fetchIt()).rejects.toThrow(/more than 100000 bytes/);
    expect(sent).toBeLessThan(1e8);
    expect(readdirSync(out).filter(name => name.includes('.whl'))).toEqual([]);
  });

  it.each([
    ['answers', () => undefined],
    ['goes on', (response: ServerResponse) => response.write(content.subarray(0, 1000))],
  ] as const)('gives up a server that never %s', async (_, answer) => {
    answers.wheel = answer as (response: ServerResponse) => void;
    await expect(fetchIt(0.5)).rejects.toThrow(/nothing came for 0.5 seconds/);
    answers.index = answer as (response: ServerResponse) => void;
    rmSync(out, { recursive: true });
    await expect(fetchIt(0.5)).rejects.toThrow(/nothing came for 0.5 seconds/);
  });

  it('refuses another content, and a list that is none, has no end or is cut', async () => {
    answers.wheel = response => response.end(Buffer.alloc(content.length, 'other'));
    await expect(fetchIt()).rejects.toThrow(/its SHA-256 begins with/);
    for (const [text, said] of [
      ['<html>', /is not JSON/],
      ['{"urls": [', /ends too early/],
      ['{"urls": 3}', /does not list/],
      ['null', /does not list/],
      [list({}, null as never, 3 as never), /has no wheel for/],
      [list(listed({ filename: `../../${filename}` })), /has no wheel for/],
      [list(listed({ size: 1e12 })), /has no wheel for/],
      [list(listed({ size: '100000' })), /has no wheel for/],
      [list(listed({ digests: { sha256: '' } })), /has no wheel for/],
      ['['.repeat(20 * 2 ** 20), /at most 16777216/],
    ] as const) {
      rmSync(out, { recursive: true, force: true });
      answers.index = response => response.end(text);
      await expect(fetchIt()).rejects.toThrow(said);
    }
    expect(readdirSync(folder).filter(name => name.endsWith('.whl'))).toEqual([]);
  });
});

it('takes the wheel of the Python whose libraries it knows', () => {
  expect(chooseWheel([{ filename: 'x-cp27-cp27-linux.whl' }])).toBeUndefined();
});
