// The photographs of docs/own-photos.md, from PASCAL VOC 2012: those that show one of some classes and nothing else, as folders of
// classes; with --several those that show any of them, with labels.csv. Masks lie beside those to measure by.
//   node tools/scripts/own-photos.mjs --data VOCdevkit/VOC2012 --classes cat,dog,horse,sheep --out photos [--train 60] [--val 15] [--several]
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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

for (const [split, from] of [
  ['train', 'train_aug'],
  ['val', 'val'],
]) {
  const dataset = await openDataset('voc', { root, split: from });
  const unknown = names.find(name => !dataset.classes.includes(name));
  if (unknown) throw new Error(`--classes: VOC has no class ${unknown}; it has ${dataset.classes.join(', ')}`);
  // 0 for background and for classes that were not asked for, 255 as it is.
  const labels = Uint8Array.from({ length: 256 }, (_, label) => (label === 255 ? 255 : names.indexOf(dataset.classes[label - 1]) + 1));
  const taken = new Map(names.map(name => [name, 0]));
  const list = ['file,classes'];
  for (let i = 0; i < dataset.length; i++) {
    const shown = Array.from(await dataset.labels(i), (value, k) => value && dataset.classes[k]).filter(Boolean);
    const present = shown.filter(name => names.includes(name));
    const [first] = present;
    if (!first || (!several && shown.length > 1) || taken.get(first) >= Number(values[split])) continue;
    taken.set(first, taken.get(first) + 1);
    const picture = join(several ? 'images' : first, basename(dataset.files(i).image));
    const put = (...place) => {
      const file = join(out, split, ...place);
      mkdirSync(join(file, '..'), { recursive: true });
      return file;
    };
    copyFileSync(dataset.files(i).image, put(picture));
    list.push(`${picture},"${present.join(',')}"`);
    if (split === 'train') continue;
    const { width, height, data } = await dataset.mask(i);
    const mask = { width, height, data: data.map(label => labels[label]) };
    await writePalettePng(put('masks', several ? '' : first, `${dataset.id(i)}.png`), mask);
  }
  if (several) writeFileSync(join(out, split, 'labels.csv'), `${list.join('\n')}\n`);
  console.log(`${split}: ${Array.from(taken, ([name, count]) => `${count} ${name}`).join(', ')}`);
}
