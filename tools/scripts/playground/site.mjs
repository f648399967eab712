import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

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
  const errors = [];
  const requests = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type()) && message.text() !== 'No available adapters.') errors.push(message.text());
  });
  own.on('request', request => {
    if (!request.url().startsWith(site.address) && !/^(blob|data):/.test(request.url())) requests.push(request.url());
  });
  await page.goto(site.address + query);
  await ready(page);
  return { page, context: own, errors, requests, close: () => own.close() };
}

export const ready = page => page.waitForFunction(() => document.documentElement.dataset.ready === 'true', undefined, { timeout: 90_000 });

/** Waits for the end of a run, or of its part. */
export const idle = page => page.waitForFunction(() => document.documentElement.dataset.run === 'idle', undefined, { timeout: 180_000 });

/** The bytes of the file that a button gives. */
export async function downloadOf(page, button, file) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  await download.saveAs(file);
  return download.suggestedFilename();
}
