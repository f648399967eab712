import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';

const mcc = resolve(import.meta.dirname, '../../../examples/pipelines/bin/mcc.js');

export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'wsss-playground-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** Runs mcc to its end. @throws Error with what it said if it fails */
export function runMcc(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mcc, ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mcc ${words.join(' ')} failed: ${stderr}`);
  return stdout;
}

/** Starts `mcc playground`. @returns its address, and how to end it */
export async function startSite() {
  const server = spawn(process.execPath, [mcc, 'playground', '--port', '0', '--no-open'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [first] = await once(server.stderr, 'data');
  const address = /http:\S+/.exec(String(first))?.[0];
  if (!address) throw new Error(`mcc playground said ${first}`);
  return {
    address,
    close: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/** Serves a folder as plain hosts do: no headers but the type. @returns its address, with a path before it, and how to end it */
export async function serveFolder(folder) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
  const server = createServer(({ url }, response) => {
    const file = join(folder, new URL(url, 'http://localhost').pathname.replace(/^\/some\/path\/?/, '') || 'index.html');
    if (!url.startsWith('/some/path/') || !existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://localhost:${server.address().port}/some/path/`,
    close: () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/**
 * A page of the playground that is ready for use, in a context of its own.
 *
 * @returns the page; `errors`, what its console and scripts complained of; how to close it
 */
export async function openPlayground(
  { browser, site },
  { query = '', size = { width: 1280, height: 900 }, colors = 'light', ...context } = {},
) {
  const own = await browser.newContext({ viewport: size, colorScheme: colors, acceptDownloads: true, ...context });
  const page = await own.newPage();
  page.setDefaultTimeout(300_000); // machines may be busy
  const errors = [];
  const requests = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type()) && message.text() !== 'No available adapters.') errors.push(message.text());
  });
  own.on('request', request => {
    if (!request.url().startsWith(site.address) && !/^(blob|data):/.test(request.url())) requests.push(request.url());
  });
  page.setDefaultNavigationTimeout(300_000);
  await page.goto(site.address + query);
  await ready(page);
  return { page, context: own, errors, requests, close: () => own.close() };
}

export const ready = page => page.waitForFunction(() => document.documentElement.dataset.ready === 'true', undefined, { timeout: 300_000 });

/** Waits for the end of a run, or of its part. */
export const idle = page => page.waitForFunction(() => document.documentElement.dataset.run === 'idle', undefined, { timeout: 600_000 });

/** The bytes of the file that a button gives. */
export async function downloadOf(page, button, file) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  await download.saveAs(file);
  return download.suggestedFilename();
}
