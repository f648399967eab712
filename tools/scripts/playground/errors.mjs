import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { serializeSafetensors } from '@wsss/weights';
import sharp from 'sharp';
import { idle, openPlayground } from './site.mjs';

const root = resolve(import.meta.dirname, '../../..');
const model = join(root, 'examples/playground/model/shapes.safetensors');

/** What is wrong is said in one sentence, and what was there before stays. */
export async function checkErrors(where) {
  const { folder } = where;
  const write = (name, bytes) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
  const { page, errors, close } = await openPlayground(where);
  let said = 0;
  const expectMessage = async (pattern, what) => {
    await page.waitForFunction(() => !document.getElementById('message').hidden, undefined, { timeout: 30_000 });
    const text = await page.textContent('#message span');
    assert.match(text, pattern, what);
    assert.ok(!text.includes('\n') && text.length < 400, what);
    await page.click('#message button');
    said++;
  };
  try {
    const before = await page.textContent('#model-state');
    await page.setInputFiles('#look-files', write('notes.jpg', 'these are notes'));
    await expectMessage(/^notes\.jpg is no picture that this browser reads; take a JPEG/, 'a file that is no picture');
    const large = sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: '#808080' } });
    await page.setInputFiles('#look-files', write('map.png', await large.png({ compressionLevel: 9 }).toBuffer()));
    await expectMessage(
      /^map\.png: it is 10000×10000, 100 million pixels, of which at most 67 million are read; shrink it\.$/,
      '100 megapixels',
    );
    const cut = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#345' } })
      .png()
      .toBuffer();
    await page.setInputFiles('#look-files', write('cut.png', cut.subarray(0, cut.length / 2)));
    await expectMessage(/^cut\.png is (damaged|no picture)/, 'a picture that was cut');
    const other = serializeSafetensors(new Map([['weight', { shape: [2], data: Float32Array.of(1, 2) }]]));
    await page.setInputFiles('#checkpoint', write('other.safetensors', other));
    await expectMessage(/^other\.safetensors is not a checkpoint of mcc train/, "another program's weights");
    const damaged = readFileSync(model);
    damaged[damaged.length - 1000] ^= 0x55;
    await page.setInputFiles('#checkpoint', write('damaged.safetensors', damaged));
    await expectMessage(/damaged\.safetensors is damaged: its content is not what its digest says/, 'a damaged checkpoint');
    assert.equal(await page.textContent('#model-state'), before, 'the model before stays');

    await page.click('#tab-learn');
    await page.setInputFiles('#album-files', []);
    await page.check('input[name="source"][value="own"]');
    await page.click('#train');
    await expectMessage(/^There are no pictures yet/, 'no pictures');
    await page.check('input[name="source"][value="shapes"]');
    await page.check('input[name="encoder"][value="file"]');
    const pth = readFileSync(join(root, 'fixtures/encoders/deit3.pth'));
    await page.setInputFiles('#encoder-file', write('encoder.pth', pth.subarray(0, pth.length / 2)));
    await page.click('#train');
    await expectMessage(/^encoder\.pth is not a readable/, 'a damaged .pth');
    await page.check('input[name="encoder"][value="small"]');
    await fullDisk(page);
    assert.deepEqual(errors, []);
  } finally {
    await close();
  }
  await withoutSharedMemory(where);
  return `${said + 2} sentences`;
}

/** A run on a full disk is told so, ends, and its network is there. */
async function fullDisk(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1 });
  await page.fill('#iterations', '2');
  await page.click('#train');
  await page.waitForFunction(() => document.documentElement.dataset.run === 'running');
  await idle(page);
  assert.match(await page.textContent('#remarks'), /could not be kept: the browser gives this page no more room/, 'a full disk');
  assert.match(await page.textContent('#run-state'), /^Finished: 2 iterations/);
  assert.match(await page.textContent('#model-state'), /^Trained here: 5 classes/);
}

/** Where a host sends no headers, and nothing can add them, the page says so and works on one thread. */
async function withoutSharedMemory(where) {
  const context = await where.browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.route('**/*', async route => {
    const response = await route.fetch();
    const { 'cross-origin-opener-policy': _, 'cross-origin-embedder-policy': __, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  await page.goto(where.site.address);
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'true', undefined, { timeout: 300_000 });
  assert.match(
    await page.textContent('#message'),
    /^This page runs on one thread\. Threads need a cross-origin isolated page: Serve it with/,
  );
  assert.match(await page.textContent('#engine-state'), /1 thread\)/);
  await context.close();
}
