// The photographs of docs/own-photos.md, from PASCAL VOC 2012: those that show one of some classes and nothing else, as folders of
// classes; with --several those that show any of them, with labels.csv. Masks lie beside those to measure by.
//   node tools/scripts/own-photos.mjs --data VOCdevkit/VOC2012 --classes cat,dog,horse,sheep --out photos
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset, writePalettePng } from '@wsss/datasets';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    classes: { type: 'string' },
    out: { type: 'string' },
    // Photographs of each class at most: to train on, and to measure by. One that shows several counts for the first of them.
    train: { type: 'string', default: '60' },
    val: { type: 'string', default: '15' },
    several: { type: 'boolean', default: false },
  },
});
const { data: root, out, several } = values;
if (!root || !values.classes || !out) throw new Error('--data VOCdevkit/VOC2012, --classes NAME,NAME and --out FOLDER are needed');
if (existsSync(out)) throw new Error(`${out} is there already; give another --out`);
const names = values.classes.split(',').sort(); // the order in which a folder's classes are read

const splits = [await choose('train', 'train_aug'), await choose('val', 'val')];
for (const split of splits) await write(split);

/** The photographs of a split, with the classes that they show. */
async function choose(split, from) {
  const most = Number(values[split]);
  if (!(most >= 1)) throw new Error(`--${split}: expected a number of photographs, got ${values[split]}`);
  const dataset = await openDataset('voc', { root, split: from });
  const taken = new Map(names.map(name => [name, 0]));
  const chosen = [];
  for (let index = 0; index < dataset.length; index++) {
    const shown = Array.from(await dataset.labels(index), (value, k) => value && dataset.classes[k]).filter(Boolean);
    const present = shown.filter(name => names.includes(name));
    const [first] = present;
    if (!first || (!several && shown.length > 1) || taken.get(first) >= most) continue;
    taken.set(first, taken.get(first) + 1);
    chosen.push({ index, present });
  }
  // A class without a folder would move the labels of those behind it.
  const missing = names.find(name => !chosen.some(({ present }) => present.includes(name)));
  if (missing) throw new Error(`--classes: no photograph in ${from} fits for ${missing}; VOC has ${dataset.classes.join(', ')}`);
  console.log(`${split}: ${Array.from(taken, ([name, count]) => `${count} ${name}`).join(', ')}`);
  return { split, dataset, chosen };
}

async function write({ split, dataset, chosen }) {
  const place = (...path) => {
    const file = join(out, split, ...path);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  };
  // 0 for background and for classes that were not asked for, 255 as it is.
  const labels = Uint8Array.from({ length: 256 }, (_, label) => (label === 255 ? 255 : names.indexOf(dataset.classes[label - 1]) + 1));
  const list = ['file,classes'];
  for (const { index, present } of chosen) {
    const { image } = dataset.files(index);
    const picture = join(several ? 'images' : present[0], basename(image));
    copyFileSync(image, place(picture));
    list.push(`${picture},"${present.join(',')}"`);
    if (split === 'train') continue;
    const { width, height, data } = await dataset.mask(index);
    const mask = { width, height, data: data.map(label => labels[label]) };
    await writePalettePng(place('masks', several ? '' : present[0], `${dataset.id(index)}.png`), mask);
  }
  if (several) writeFileSync(place('labels.csv'), `${list.join('\n')}\n`);
}
