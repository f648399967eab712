import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decodeLabelPng, shapesDataset } from '@wsss/datasets';
import axe from 'axe-core';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { downloadOf, openPlayground, runMcc } from './site.mjs';

const model = resolve(import.meta.dirname, '../../../examples/playground/model/shapes.safetensors');

/** Look and Take home: the masks are those of `mcc predict`, in every pixel; the page can be used by everybody. */
export async function checkLook(where) {
  const { folder } = where;
  const pictures = join(folder, 'pictures');
  mkdirSync(pictures);
  const shapes = shapesDataset({ seed: 7, length: 3, size: 96 });
  const files = [];
  for (let i = 0; i < 4; i++) {
    const { data, width, height } = await (i < 3 ? shapes : shapesDataset({ seed: 7, length: 4, size: 130 })).image(i);
    files.push(join(pictures, `shape-${i}.png`));
    writeFileSync(
      files[i],
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    );
  }
  const { page, errors, requests, close } = await openPlayground(where);
  try {
    assert.match(await page.textContent('#engine-state'), /TensorFlow.js WASM .* threads/);
    for (const [i, file] of files.entries()) {
      await page.setInputFiles('#look-files', file);
      await page.waitForFunction(name => document.getElementById('look-caption').textContent.startsWith(`${name},`), `shape-${i}.png`);
      await page.waitForFunction(() => document.querySelectorAll('#views figure').length > 0);
    }
    await eachView(page);
    await page.click('#tab-home');
    await downloadOf(page, '#home-zip', join(folder, 'masks.zip'));
    await downloadOf(page, '#home-coco', join(folder, 'annotations.json'));
    const found = unzipSync(readFileSync(join(folder, 'masks.zip')));
    runMcc('predict', pictures, '--checkpoint', model, '--engine', 'wasm', '--out', join(folder, 'predicted'));
    const coco = JSON.parse(readFileSync(join(folder, 'annotations.json'), 'utf8'));
    let pixels = 0;
    for (let i = 0; i < files.length; i++) {
      const ours = decodeLabelPng(found[`masks/shape-${i}.png`]);
      const expected = decodeLabelPng(readFileSync(join(folder, 'predicted', 'labels', `shape-${i}.png`)));
      assert.deepEqual(ours, expected, `shape-${i}.png`);
      const { id } = coco.images.find(({ file_name }) => file_name === `shape-${i}.png`);
      const areas = coco.annotations.filter(({ image_id }) => image_id === id).reduce((sum, { area }) => sum + area, 0);
      assert.equal(areas, ours.data.filter(label => label > 0).length);
      pixels += ours.data.length;
    }
    const problems = [];
    for (const tab of ['look', 'learn', 'home']) {
      await page.click(`#tab-${tab}`);
      problems.push(...(await inspect(page)).map(problem => `${tab}: ${problem}`));
    }
    assert.deepEqual({ errors, requests, problems }, { errors: [], requests: [], problems: [] });
    return `${pixels} pixels labeled as by mcc predict; axe: nothing serious`;
  } finally {
    await close();
  }
}

/** What is shown differs from map to map, and a click draws other local views. */
async function eachView(page) {
  const drawn = () => page.evaluate(() => document.getElementById('look-canvas').toDataURL());
  const seen = new Set();
  for (const show of ['picture', 'segmentation', 'main', 'auxiliary', 'affinity']) {
    await page.check(`input[name="show"][value="${show}"]`);
    seen.add(await drawn());
  }
  const before = await drawn();
  await page.focus('#look-canvas');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  assert.notEqual(await drawn(), before, 'arrow keys move the patch');
  assert.ok(seen.size >= 4, `${seen.size} of 5 maps differ`);
  const views = () => page.evaluate(() => [...document.querySelectorAll('#views canvas')].map(canvas => canvas.toDataURL()).join());
  const first = await views();
  await page.click('#redraw');
  await page.waitForFunction(
    old => [...document.querySelectorAll('#views canvas')].map(canvas => canvas.toDataURL()).join() !== old,
    first,
  );
  await page.click('#crf summary');
  await page.check('#crf-on');
  await page.waitForFunction(() => /ms$/.test(document.getElementById('crf-time').textContent));
}

/** What axe finds that is serious, in the colors of day and of night. */
async function inspect(page) {
  const found = [];
  await page.evaluate(axe.source);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    found.push(...serious.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map(({ target }) => target).join(' ')}`));
  }
  return found;
}
