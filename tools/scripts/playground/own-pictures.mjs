import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { downloadOf, idle, openPlayground, ready } from './site.mjs';

const root = resolve(import.meta.dirname, '../../..');
const model = join(root, 'examples/playground/model/shapes.safetensors');
/** An encoder as PyTorch saves it, of sizes that no backbone is known by. */
const pth = join(root, 'fixtures/encoders/deit3.pth');

/** A picture of a color with noise, as a JPEG. */
async function photograph(file, color, size = 80) {
  const noise = { type: 'gaussian', mean: 20, sigma: 15 };
  const grain = await sharp({ create: { width: size, height: size, channels: 3, background: color, noise } })
    .png()
    .toBuffer();
  const plain = sharp({ create: { width: size, height: size, channels: 3, background: color } });
  writeFileSync(
    file,
    await plain
      .composite([{ input: grain, blend: 'add' }])
      .jpeg()
      .toBuffer(),
  );
  return file;
}

/** Pictures of one's own, by every way that they come in; tags that go out and in; encoders from files. */
export async function checkOwnPictures(where) {
  const { folder } = where;
  const pets = join(folder, 'pets');
  for (const name of ['cat', 'dog']) mkdirSync(join(pets, name), { recursive: true });
  const files = [];
  for (const [i, name] of ['cat', 'cat', 'dog', 'dog'].entries())
    files.push(await photograph(join(pets, name, `${name}-${i}.jpg`), i < 2 ? '#a06030' : '#305070'));
  const { page, context, errors, close } = await openPlayground(where);
  try {
    await camera(page);
    await paste(page, context, where.site.address);
    await drop(page, [files[0], files[3]]);
    await captioned(page, 'dog-3.jpg');
    await drop(page, [model]);
    await page.waitForFunction(() => document.getElementById('model-state').textContent.startsWith('shapes.safetensors: 5 classes'));
    await page.click('#tab-home');
    assert.match(await page.textContent('#home-pictures'), /^6 pictures are open/, 'a shape, camera, two pasted, two dropped');
    await tags(page, folder, pets, files);
    await encoder(page);
    const real = await realEncoder(page);
    assert.deepEqual(errors, []);
    return `camera, clipboard, drag and drop, folders as tags, lists that come back, an encoder from .pth; ${real}`;
  } finally {
    await close();
  }
}

const captioned = (page, name) =>
  page.waitForFunction(wanted => document.getElementById('look-caption').textContent.startsWith(`${wanted},`), name);

async function camera(page) {
  await page.click('#camera');
  await page.waitForFunction(() => document.getElementById('camera-video').videoWidth > 0);
  await page.click('#camera-take');
  await captioned(page, 'camera');
  assert.match(await page.textContent('#look-caption'), /^camera, \d{3,4}×\d{3,4}/);
  assert.equal(await page.isHidden('#camera-box'), true, 'the camera is off');
}

/** Two pictures from the clipboard, which browsers give the same name. */
async function paste(page, context, origin) {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  for (const [color, name] of [
    ['teal', 'image.png'],
    ['maroon', 'image-2.png'],
  ]) {
    await page.evaluate(async fill => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
      const drawing = canvas.getContext('2d');
      drawing.fillStyle = fill;
      drawing.fillRect(0, 0, 64, 48);
      const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
    }, color);
    await page.keyboard.press('Control+V');
    await captioned(page, name);
  }
}

/** Drops files and folders of the disk, as a hand would. */
async function drop(page, paths) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) await session.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
  await session.detach();
}

const classCounts = page => page.$$eval('#album-classes label', labels => labels.map(({ textContent }) => textContent));
const captions = page => page.$$eval('#album button', buttons => buttons.map(({ textContent }) => textContent).sort());
const pictures = (page, count) => page.waitForFunction(n => document.querySelectorAll('#album button').length === n, count);

/** Folders as tags, tags by clicks, and lists of them that bring all back. */
async function tags(page, folder, pets, files) {
  await page.click('#tab-learn');
  await page.check('input[name="source"][value="own"]');
  await drop(page, [pets]);
  await pictures(page, 4);
  assert.deepEqual((await classCounts(page)).sort(), ['cat (2)', 'dog (2)']);
  await page.check('#album-classes input[value="dog"]');
  await page.click('#album button:has-text("cat-0.jpg")');
  await page.waitForFunction(() => document.getElementById('album').textContent.includes('cat-0.jpg: cat, dog'));
  const before = await captions(page);
  await page.reload();
  await ready(page);
  await page.click('#tab-learn');
  assert.deepEqual(await captions(page), before, 'tags survive a reload');
  for (const [button, name] of [
    ['#tags-csv', 'labels.csv'],
    ['#tags-json', 'tags.json'],
  ]) {
    const list = join(folder, name);
    assert.equal(await downloadOf(page, button, list), name);
    await page.click('#album-clear');
    await pictures(page, 0);
    await page.setInputFiles('#album-files', files);
    await pictures(page, 4);
    assert.deepEqual(await classCounts(page), []);
    await page.setInputFiles('#tags-import', list);
    await page.waitForFunction(() => document.querySelectorAll('#album-classes label').length === 2);
    assert.deepEqual(await captions(page), before, `${name} brings the tags back`);
    await downloadOf(page, button, `${list}.again`);
    assert.equal(readFileSync(`${list}.again`, 'utf8'), readFileSync(list, 'utf8'));
  }
}

/** An encoder that comes as a .pth is read, said to be of no known name, and trained. */
async function encoder(page) {
  await drop(page, [pth]);
  await page.waitForFunction(() => document.getElementById('encoder-name').textContent === 'deit3.pth');
  await train(page, { iterations: 2, crop: 64, batch: 2 });
  const remarks = await page.textContent('#remarks');
  assert.match(remarks, /deit3\.pth fits no backbone that is known by name\. It is read as one of \d+ blocks of 12 channels/);
  assert.doesNotMatch(remarks, /--[a-z]|[a-z]\.[a-z]+[A-Z]/, 'names neither options nor keys of a recipe');
  assert.match(await page.textContent('#model-state'), /^Trained here: 2 classes/);
}

/** ViT-Tiny as it is published, where it is beside the repository. */
async function realEncoder(page) {
  const data = [process.env.WSSS_DATA, join(root, '../shared/data')].filter(Boolean);
  const file = data.map(at => join(at, 'weights/vit_tiny_patch16_224.safetensors')).find(existsSync);
  if (!file) return 'ViT-Tiny not tried: set WSSS_DATA to a folder with weights/vit_tiny_patch16_224.safetensors';
  await page.setInputFiles('#encoder-file', file);
  await train(page, { iterations: 2, crop: 96, batch: 2 });
  assert.match(await page.textContent('#run-state'), /^Finished: 2 iterations/);
  assert.doesNotMatch(await page.textContent('#remarks'), /fits no backbone/);
  return 'ViT-Tiny trains';
}

async function train(page, { iterations, crop, batch }) {
  for (const [id, value] of Object.entries({ iterations, crop, batch })) await page.fill(`#${id}`, String(value));
  await page.click('#train');
  await page.waitForFunction(() => document.documentElement.dataset.run === 'running' || !document.getElementById('message').hidden);
  await idle(page);
  assert.equal(await page.isHidden('#message'), true, await page.textContent('#message'));
}
