// Compares the label PNGs of `mcc data coco-masks` with what COCO's own tools rasterize, pixel for pixel.
//   node tools/scripts/compare-coco-masks.mjs --coco MSCOCO --split train --year 2017 [--masks DIR] [--to-voc12] [--python python3]
// Needs a Python with pycocotools: python3 -m venv venv && venv/bin/pip install pycocotools, then --python venv/bin/python.
// Without --masks, the masks are made into a temporary folder first. Exit code 1 if a pixel differs.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { inflateSync } from 'node:zlib';
import { readLabelPng } from '@wsss/datasets';
import { root } from '../../scripts/prepare.mjs';

const { values } = parseArgs({
  options: {
    coco: { type: 'string' },
    split: { type: 'string' },
    year: { type: 'string' },
    masks: { type: 'string' },
    'to-voc12': { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
  },
});
const { coco, split, year, python } = values;
if (!coco || !split || !year) throw new Error('say --coco DIR --split train|val --year 2014|2017');
const voc12 = values['to-voc12'];

const temporary = values.masks ? undefined : mkdtempSync(join(tmpdir(), 'coco-masks-'));
const masks = values.masks ?? temporary;
let differing = 0;
let images = 0;
let pixels = 0;
try {
  if (temporary) {
    const options = ['--coco', coco, '--split', split, '--year', year, '--out', masks, ...(voc12 ? ['--to-voc12'] : [])];
    const { status } = spawnSync(process.execPath, [join(root, 'examples/pipelines/bin/mcc.js'), 'data', 'coco-masks', ...options], {
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('mcc data coco-masks failed');
  }
  const instances = join(coco, 'annotations', `instances_${split}${year}.json`);
  const theirs = spawn(python, [join(root, 'tools/scripts/compare-coco-masks.py'), instances, ...(voc12 ? ['voc12'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve, reject) => theirs.on('error', reject).on('close', resolve));
  for await (const line of createInterface({ input: theirs.stdout })) {
    const [width, height, labels, ...words] = line.split(' ');
    const name = words.join(' ');
    const expected = inflateSync(Buffer.from(labels, 'base64'));
    const found = await readLabelPng(join(masks, `${parse(name).name}.png`));
    const different =
      found.width === Number(width) && found.height === Number(height)
        ? found.data.reduce((sum, label, i) => sum + Number(label !== expected[i]), 0)
        : expected.length;
    if (different) console.log(`${name}: ${different} of ${expected.length} pixels differ`);
    images++;
    pixels += expected.length;
    differing += different > 0;
  }
  const status = await ended;
  if (status !== 0) throw new Error(`${python} ended with exit code ${status}; is pycocotools installed there?`);
} finally {
  if (temporary) rmSync(temporary, { recursive: true, force: true });
}
console.log(
  `${split}${year}${voc12 ? ', VOC labels' : ''}: ${images - differing} of ${images} images equal in every one of ${pixels} pixels`,
);
if (differing || images === 0) process.exitCode = 1;
