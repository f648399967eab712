import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync } from 'node:zlib';
import { openPlayground, ready, serveFolder } from './site.mjs';

const dist = resolve(import.meta.dirname, '../../../examples/playground/dist');

/** The site opens without a network once it was opened with one; what it asks for at first is small. */
export async function checkOffline(where) {
  const { page, context, errors, close } = await openPlayground(where);
  try {
    await page.waitForFunction(() => document.documentElement.dataset.offline === 'true', undefined, { timeout: 300_000 });
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await context.setOffline(true);
    await page.reload();
    await ready(page);
    await page.waitForFunction(() => document.querySelectorAll('#views figure').length > 0);
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    await context.setOffline(false);
    assert.deepEqual(errors, []);
    const size = await firstLoad(where);
    assert.ok(size < 3e6, `the first load is ${size} bytes`);
    await plainHost(where);
    const load = `first load ${(size / 1e6).toFixed(2)} MB compressed, without the model`;
    return `opens without a network, and with threads from a host that sends no headers; ${load}`;
  } finally {
    await close();
  }
}

/** A host that sends no headers: the service worker adds them. A new build takes the place of what was kept of the one before. */
async function plainHost({ browser, folder }) {
  const copy = join(folder, 'site');
  cpSync(dist, copy, { recursive: true });
  const site = await serveFolder(copy);
  const context = await browser.newContext();
  const page = await context.newPage();
  try {
    await page.goto(site.address);
    // Once more. What is asked of a page counts as somebody's touch, which would prevent that.
    await page.waitForEvent('load', { timeout: 120_000 });
    await page.waitForFunction(() => crossOriginIsolated && document.documentElement.dataset.ready === 'true', undefined, {
      timeout: 120_000,
    });
    assert.match(await page.textContent('#engine-state'), /threads/);
    const refused = await page.evaluate(() => fetch('http://127.0.0.1:9/').then(String, ({ name }) => name));
    const violations = await page.evaluate(
      () =>
        new Promise(done => {
          addEventListener('securitypolicyviolation', ({ effectiveDirective }) => done(effectiveDirective));
          fetch('http://127.0.0.1:9/').catch(() => {});
        }),
    );
    assert.deepEqual([refused, violations], ['TypeError', 'connect-src'], 'the policy forbids any other network');
    const edit = (name, from, to) => {
      const text = readFileSync(join(copy, name), 'utf8');
      assert.ok(text.includes(from));
      writeFileSync(join(copy, name), text.replace(from, to));
    };
    edit('index.html', '<title>From tags to masks</title>', '<title>Another build</title>');
    edit('service-worker.js', '"version":"', '"version":"another-');
    await page.reload(); // what was kept; meanwhile the new service worker is fetched
    const kept = () => page.evaluate(keptByBrowser);
    for (const end = Date.now() + 120_000; !(await kept()).startsWith('playground-another-'); await delay(200))
      assert.ok(Date.now() < end, `what is kept is still ${await kept()}`);
    await page.reload();
    await page.waitForFunction(() => document.title === 'Another build');
  } finally {
    await context.close();
    await site.close();
  }
}

/** In the page: the caches with their numbers of files, and how far the service workers are. */
async function keptByBrowser() {
  const names = await caches.keys();
  const files = await Promise.all(names.map(async name => (await (await caches.open(name)).keys()).length));
  const { installing, waiting, active } = await navigator.serviceWorker.getRegistration();
  const workers = [installing, waiting, active].map(worker => worker?.state ?? 'none');
  return `${names.map((name, at) => `${name} (${files[at]} files)`).join(', ')}; installing, waiting, active: ${workers.join(', ')}`;
}

/** Bytes, compressed, of all that a first visit asks for, but for the models. */
async function firstLoad({ browser, site }) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const bodies = [];
  context.on('response', response => {
    if (response.url().startsWith(site.address) && !response.url().endsWith('.safetensors'))
      bodies.push(response.body().catch(() => Buffer.alloc(0)));
  });
  await page.goto(site.address);
  await ready(page);
  const size = (await Promise.all(bodies)).reduce((sum, body) => sum + brotliCompressSync(body).length, 0);
  await context.close();
  return size;
}
