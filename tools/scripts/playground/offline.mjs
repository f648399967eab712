import assert from 'node:assert/strict';
import { brotliCompressSync } from 'node:zlib';
import { openPlayground, ready } from './site.mjs';

/** The site opens without a network once it was opened with one; what it asks for at first is small. */
export async function checkOffline(where) {
  const { page, context, errors, close } = await openPlayground(where);
  try {
    await page.waitForFunction(() => document.documentElement.dataset.offline === 'true', undefined, { timeout: 60_000 });
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
    return `opens without a network; first load ${(size / 1e6).toFixed(2)} MB compressed, without the model`;
  } finally {
    await close();
  }
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
