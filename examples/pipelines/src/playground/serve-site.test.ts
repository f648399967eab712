import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedSite, serveSite } from './serve-site.js';

const root = mkdtempSync(join(tmpdir(), 'wsss-serve-'));
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Content-Security-Policy': "default-src 'none'" };
let site: ServedSite;
beforeAll(async () => {
  mkdirSync(join(root, 'site'));
  writeFileSync(join(root, 'site', 'index.html'), '<p>page');
  writeFileSync(join(root, 'site', 'headers.json'), JSON.stringify(headers));
  writeFileSync(join(root, 'site', 'a b.js'), 'script');
  writeFileSync(join(root, 'secret'), 'secret');
  writeFileSync(join(root, 'model'), 'model');
  site = await serveSite(join(root, 'site'), { port: 0, extra: { 'given/model': join(root, 'model') } });
});
afterAll(async () => {
  await site.close();
  rmSync(root, { recursive: true });
});

/** Asks for a path as it is: `fetch` would straighten it. */
const ask = (path: string, host?: string) =>
  new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const { port } = new URL(site.address);
    get({ host: '127.0.0.1', port, path, headers: { host: host ?? `localhost:${port}` } }, response => {
      let text = '';
      response.on('data', part => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    }).on('error', reject);
  });

describe('serveSite', () => {
  it('serves the folder, and what is given beside it, with the headers that it asks for', async () => {
    const page = await ask('/?tab=learn');
    expect([page.status, page.text]).toEqual([200, '<p>page']);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'content-security-policy': "default-src 'none'",
    });
    expect((await ask('/a%20b.js')).text).toBe('script');
    expect((await ask('/given/model')).text).toBe('model');
  });

  it.each(['/../secret', '/%2e%2e/secret', '/..%2fsecret', '/x/../../secret', '/%00', '/%', '/nothing', '/given/'])(
    'serves nothing else: %s',
    async path => {
      const { status, text } = await ask(path);
      expect([400, 404]).toContain(status);
      expect(text).toBe('');
    },
  );

  it('answers no other name of this machine', async () => {
    expect((await ask('/', 'evil.example')).status).toBe(403);
  });

  it('says that a port is taken', async () => {
    const port = Number(new URL(site.address).port);
    await expect(serveSite(join(root, 'site'), { port })).rejects.toThrow(
      `--port: nothing can be served on ${port}: something else uses it; choose another port`,
    );
  });
});
