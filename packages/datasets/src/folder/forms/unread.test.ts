import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { openFolder } from '../folder.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-unread-'));
afterAll(() => rmSync(folder, { recursive: true }));
const picture = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#456' } })
  .png()
  .toBuffer();
let made = 0;
/** A folder with files; those of which nothing is said are pictures. */
function folderOf(files: Record<string, string | object | undefined>): string {
  const root = join(folder, String(made++));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content === undefined ? picture : typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

const box = [{ label: 'cat', coordinates: { x: 1, y: 1, width: 2, height: 2 } }];
it.each<[string, Record<string, string | object | undefined>, RegExp]>([
  ['CVAT for video', { 'annotations.xml': '<annotations><track label="a"/></annotations>', 'images/a.png': undefined }, /CVAT for video/],
  ['YOLO 1.1', { 'obj.data': '', 'obj.names': 'cat', 'obj_train_data/a.png': undefined }, /obj\.data is of YOLO 1\.1 \(Darknet\)/],
  ['Darknet of Roboflow', { '_darknet.labels': 'cat', 'a.png': undefined, 'a.txt': '0 .5 .5 .1 .1' }, /_darknet\.labels is of YOLO 1\.1/],
  [
    'boxes of YOLO beside pictures',
    { 'a.png': undefined, 'a.txt': '0 .5 .5 .1 .1', 'classes.txt': 'cat' },
    /a\.txt lies beside its picture/,
  ],
  ['TFRecord', { 'train/a.tfrecord': 'x' }, /a\.tfrecord is of TensorFlow/],
  ['parts of TFRecord', { 'a.tfrecord-00000-of-00002': 'x' }, /is of TensorFlow/],
  ['CreateML', { 'a.png': undefined, '_annotations.createml.json': [{ image: 'a.png', annotations: box }] }, /a list of boxes of CreateML/],
  ['Supervisely', { 'meta.json': { classes: [{ title: 'cat' }] }, 'ds/img/a.png': undefined }, /meta\.json is of Supervisely/],
  ['Datumaro', { 'annotations/default.json': { info: {}, categories: {}, items: [] }, 'images/a.png': undefined }, /a list of Datumaro/],
  ['boxes of Roboflow', { '_annotations.csv': 'filename,width\n', 'a.png': undefined }, /_annotations\.csv is a list of boxes of Roboflow/],
  ['a table of VIA', { 'via_region_data.csv': 'filename\n', 'a.png': undefined }, /is a table of VIA/],
  ['JSON lines', { 'export.ndjson': '{}\n', 'a.png': undefined }, /is a list of JSON lines \(Labelbox and others\)/],
  ['a table of Hugging Face', { 'train.parquet': 'PAR1', 'a.png': undefined }, /a table of Hugging Face/],
  ['another XML', { 'a.xml': '<TEI/>', 'a.png': undefined }, /a\.xml is an XML file of another form/],
  [
    'Mapillary',
    { 'config.json': {}, 'training/images/a.png': undefined, 'training/labels/a.png': undefined },
    /the folders images, labels, which/,
  ],
  ['Cityscapes', { 'leftImg8bit/train/a.png': undefined, 'gtFine/train/a.png': undefined }, /the folders gtFine, leftImg8bit, which/],
  ['Oxford pets', { 'images/a.png': undefined, 'annotations/trimaps/a.png': undefined }, /the folders annotations, images, which/],
  [
    'masks beside pictures',
    { 'cat/a (1).png': undefined, 'cat/a (1)_mask.png': undefined },
    /a \(1\)_mask\.png beside its picture, and 1 such/,
  ],
  ['LabelMe below', { 'scene/a.png': undefined, 'scene/a.json': { shapes: [] } }, /scene has a\.json among its pictures/],
  ['XML below', { 'cat/a.png': undefined, 'dog/b.png': undefined, 'dog/b.xml': '<annotation/>' }, /dog has b\.xml among its pictures/],
  ['YOLO below', { 'all/a.png': undefined, 'all/a.txt': '0 .5 .5 .1 .1' }, /all has a\.txt among its pictures/],
])('refuses %s by name', async (_, files, message) => {
  const root = folderOf(files);
  const split = Object.keys(files).some(path => path.startsWith('train')) ? 'train' : 'val';
  await expect(openFolder({ root, split })).rejects.toThrow(message);
});

it('takes folders for classes that classes.txt names, whatever else lies in them', async () => {
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i % 2 ? 'images' : 'cat'}/${i}.png`, undefined]));
  const root = folderOf({ ...files, 'cat/0.json': { taken: 2026 }, 'classes.txt': 'cat\nimages\n' });
  expect((await openFolder({ root, split: 'train' })).classes).toEqual(['cat', 'images']);
});

it('takes no folder for the class of all the folders in it, unless classes.txt says so', async () => {
  const root = folderOf({ 'x/y/cat/1.png': undefined, 'x/y/dog/2.png': undefined, 'x/y/dog/3.png': undefined });
  await expect(openFolder({ root, split: 'train' })).rejects.toThrow(
    /has one folder, x, whose pictures lie in x\/y\/cat, x\/y\/dog: give the folder that holds the classes/,
  );
  writeFileSync(join(root, 'classes.txt'), 'x\n');
  expect((await openFolder({ root, split: 'train' })).classes).toEqual(['x']);
});

it('says of an archive what to do', async () => {
  const root = folderOf({ 'export.zip': 'PK' });
  await expect(openFolder({ root: join(root, 'export.zip'), split: 'train' })).rejects.toThrow('export.zip is a file; unpack it first');
});

it('follows links to pictures and to folders', async () => {
  const root = folderOf({ 'away/a.png': undefined, 'data/train/cat/b.png': undefined });
  symlinkSync(join(root, 'away/a.png'), join(root, 'data/train/cat/a.png'));
  symlinkSync(join(root, 'away'), join(root, 'data/train/dog'));
  const train = await openFolder({ root: join(root, 'data'), split: 'train' });
  expect(Array.from({ length: train.length }, (_, i) => train.id(i))).toEqual(['cat/a.png', 'cat/b.png', 'dog/a.png']);
});
