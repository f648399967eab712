// Compares the label PNGs of `mcc data coco-masks` with what COCO's own tools rasterize, pixel for pixel.
//   node tools/scripts/compare-coco-masks.mjs --coco MSCOCO --split train --year 2017 [--masks DIR] [--to-voc12] [--python python3]
//   node tools/scripts/compare-coco-masks.mjs --generated 500 [--seed 0] [--python python3]
// compares 500 generated images, with outlines of all kinds that tools leave: parts of two points, repeated points, lines, outside, …
// Needs a Python with pycocotools: python3 -m venv venv && venv/bin/pip install pycocotools, then --python venv/bin/python.
// Without --masks, the masks are made into a temporary folder first. Exit code 1 if a pixel differs.
import { spawn } from 'node:child_process';
import { join, parse, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { inflateSync } from 'node:zlib';
import { readLabelPng } from '@wsss/datasets';
import { root, run } from '../../scripts/prepare.mjs';
import { writeGeneratedCoco } from './generated-coco.mjs';
import { temporaryFolder } from './small-run.mjs';

const { values } = parseArgs({
  options: {
    coco: { type: 'string' },
    split: { type: 'string' },
    year: { type: 'string' },
    masks: { type: 'string' },
    'to-voc12': { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
    generated: { type: 'string' },
    seed: { type: 'string', default: '0' },
  },
});
const { python, generated } = values;
const { coco, split, year } = generated ? { coco: temporaryFolder('coco-'), split: 'val', year: '2014' } : values;
if (!coco || !split || !year) throw new Error('say --generated IMAGES, or --coco DIR --split train|val --year 2014|2017');
const voc12 = values['to-voc12'] ? ['voc12'] : [];

if (generated) {
  const size = { images: Number(generated), annotations: 12 * Number(generated), side: 40, degenerate: true, seed: Number(values.seed) };
  await writeGeneratedCoco(join(coco, 'annotations/instances_val2014.json'), size);
}

const masks = values.masks ?? temporaryFolder('coco-masks-');
if (!values.masks) {
  const options = ['--coco', resolve(coco), '--split', split, '--year', year, '--out', masks, ...voc12.map(() => '--to-voc12')];
  run(process.execPath, ['examples/pipelines/bin/mcc.js', 'data', 'coco-masks', ...options]);
}
const instances = join(coco, 'annotations', `instances_${split}${year}.json`);
const theirs = spawn(python, [join(root, 'tools/scripts/compare-coco-masks.py'), instances, ...voc12], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve, reject) => theirs.on('error', reject).on('close', resolve));
let [differing, images, pixels] = [0, 0, 0];
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
console.log(
  `${split}${year}${voc12.length ? ', VOC labels' : ''}: ${images - differing} of ${images} images equal in every one of ${pixels} pixels`,
);
if (differing || images === 0) process.exitCode = 1;
