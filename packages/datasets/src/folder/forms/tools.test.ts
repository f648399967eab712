import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { encodePalettePng } from '../../images/write-palette-png.js';
import { openFolder } from '../folder.js';

const root = join(mkdtempSync(join(tmpdir(), 'wsss-tools-')), 'data');
afterAll(() => rmSync(dirname(root), { recursive: true }));
beforeEach(() => rmSync(root, { recursive: true, force: true }));
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const picture = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#456' } })
  .png()
  .toBuffer();
/** The only picture, in a folder train. */
const open = (checkFiles = true) => openFolder({ root, split: 'train', checkFiles });
const rows = async (index = 0) => {
  const { width, data } = await (await open(false)).mask!(index);
  return Array.from({ length: data.length / width }, (_, y) => data.subarray(y * width, (y + 1) * width).join(''));
};

describe('CVAT for images', () => {
  const write = (shapes: string) => {
    put('train/images/a.png', picture);
    put('train/annotations.xml', `<annotations><image id="0" name="a.png" width="8" height="6">${shapes}</image></annotations>`);
  };

  it('lays shapes of a higher z_order over others, and reads masks and ellipses', async () => {
    write(
      '<polygon label="b" points="0,0;4,0;4,6;0,6" z_order="1"/><mask label="a" rle="0, 3, 5" left="3" top="1" width="4" height="2"/>' +
        '<ellipse label="a" cx="6" cy="4.5" rx="1.5" ry="1"/>',
    );
    expect(await rows()).toEqual(['22220000', '22221100', '22220000', '22220000', '22220111', '22220000']);
  });

  it('takes boxes or tags alone for labels, and a box among outlines for none', async () => {
    write('<box label="b" xtl="0" ytl="0" xbr="2" ybr="2"/><tag label="wet"/>');
    const boxes = await open();
    expect([boxes.classes, boxes.mask, boxes.opened!.notes.join()]).toEqual([
      ['b'],
      undefined,
      expect.stringMatching(/boxes.*\(wet\) is not/),
    ]);
    write('<tag label="wet"/>');
    expect([(await open()).classes, (await open()).mask]).toEqual([['wet'], undefined]);
    write('<box label="b" xtl="0" ytl="0" xbr="2" ybr="2"/><polygon label="a" points="0,0;4,0;4,6"/>');
    await expect(open()).rejects.toThrow(/it is a box, and others of the data have outlines/);
    write('<points label="b" points="1,1"/>');
    await expect(open()).rejects.toThrow('a <points> has no inside');
  });
});

describe('Label Studio', () => {
  const region = (type: string, value: object) => ({ id: 'r', type, original_width: 8, original_height: 6, value });
  const write = (annotations: object[]) => {
    put('train/images/a.png', picture);
    put('train/tasks.json', JSON.stringify([{ id: 7, data: { image: '/data/upload/1/a.png' }, annotations }]));
  };

  it('reads brush strokes', async () => {
    // 192 values of 8 bits: 8 that differ (two pixels, the second brushed), then 184 of 0.
    const bits = [...'0'.repeat(24), ...(192).toString(2).padStart(8, '0'), ...'00111', ...'0010', ...'0111', ...'0111', ...'0111'];
    bits.push(
      ...'0',
      ...'00',
      ...'111',
      ...'0'.repeat(56),
      ...'11111111',
      ...'1',
      ...'01',
      ...(183).toString(2).padStart(8, '0'),
      ...'00000000',
    );
    const rle = Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
      Number.parseInt(
        bits
          .slice(8 * i, 8 * i + 8)
          .join('')
          .padEnd(8, '0'),
        2,
      ),
    );
    write([{ result: [region('brushlabels', { format: 'rle', rle, brushlabels: ['cat'] })] }]);
    expect(await rows()).toEqual(['01000000', ...new Array(5).fill('00000000')]);
    write([{ result: [region('brushlabels', { format: 'rle', rle: rle.slice(0, 9), brushlabels: ['cat'] })] }]);
    await expect(open()).rejects.toThrow('tasks.json task 7 (a.png): region 1: its brush mask is damaged: it ends too early');
  });

  it('takes one of several annotations, labels that stand apart, and choices', async () => {
    const polygon = region('polygon', { points: [[0, 0], [50, 0], [50, 50], [0, 50]] }); // biome-ignore format: short
    const labeled = { id: 'r', type: 'labels', value: { labels: ['dog'] } };
    write([{ was_cancelled: true, result: [] }, { result: [] }, { ground_truth: true, result: [polygon, labeled] }]);
    expect((await open()).opened!.notes.join()).toContain('1 tasks have several annotations');
    expect(await rows()).toEqual(['11110000', '11110000', '11110000', ...new Array(3).fill('00000000')]);
    write([{ result: [{ type: 'choices', value: { choices: ['wet', 'dry'] } }] }]);
    const choices = await open();
    expect([choices.classes, [...(await choices.labels(0))], choices.mask]).toEqual([['dry', 'wet'], [1, 1], undefined]);
    write([]);
    await expect(open()).rejects.toThrow('has 0 classes; expected 1 to 254; tasks.json: 1 tasks are not annotated, and not used');
  });
});

describe('Pascal VOC, XML alone', () => {
  const xml = (file: string, ...names: string[]) =>
    `<annotation><filename>${file}</filename>${names.map(name => `<object><name>${name}</name><bndbox/></object>`).join('')}</annotation>`;

  it('gives the classes of objects, without masks', async () => {
    put('train/a.png', picture);
    put('train/b.png', picture);
    put('train/a.xml', xml('renamed before.png', 'cat', 'dog', 'cat'));
    const found = await open();
    expect([found.classes, found.length, [...(await found.labels(0))], found.mask]).toEqual([['cat', 'dog'], 1, [1, 1], undefined]);
    expect(found.opened!.notes.join()).toMatch(/boxes without outlines.*1 pictures have no XML file and are not used: b\.png/);
  });

  it('names a picture that two files, or none, are of', async () => {
    for (const name of ['a', 'b']) put(`train/${name}.png`, picture);
    put('train/a.xml', xml('b.png', 'cat'));
    await expect(open()).rejects.toThrow('a.xml: its picture may be a.png or b.png: it names b.png');
    put('train/a.xml', xml('a.png', 'cat'));
    put('train/c.xml', xml('c.png', 'cat'));
    await expect(open()).rejects.toThrow(/c\.xml: image .*c\.png not found/);
    put('train/c.xml', '<annotation><object>');
    await expect(open()).rejects.toThrow('c.xml: line 1: the file ends within <object> of line 1');
  });
});

describe('Roboflow', () => {
  it('has a column a class, or values of masks', async () => {
    put('train/a.png', picture);
    put('train/_classes.csv', 'filename, cat, dog\na.png, 0, 1\n');
    expect([...(await (await open()).labels(0))]).toEqual([0, 1]);
    put('train/_classes.csv', 'filename, cat, dog\na.png, 0, yes\n');
    await expect(open()).rejects.toThrow('line 2: "yes" is neither 0 nor 1');
    put('train/_classes.csv', 'Pixel Value, Class\n0, background\n1, cat\n');
    put('train/a_mask.png', encodePalettePng({ width: 8, height: 6, data: new Uint8Array(48).fill(7) }));
    await expect((await open()).mask!(0)).rejects.toThrow('label 254 is out of range');
    put('train/_classes.csv', 'Pixel Value, Class\n0, cat\n1, dog\n');
    await expect(open()).rejects.toThrow('the value 0 is "cat"; expected background');
  });
});

it('says that some pictures name no split, and that two lists name one picture', async () => {
  for (const name of ['a', 'b']) put(`${name}.png`, picture);
  put('labels.csv', 'file,classes,split\na.png,cat,train\nb.png,cat,\n');
  expect((await open()).opened!.notes).toContain('1 of 2 pictures name no split and are in none: b.png');
  rmSync(join(root, 'labels.csv'));
  const list = { images: [{ id: 1, file_name: 'a.png', width: 8, height: 6 }], categories: [{ id: 1, name: 'cat' }], annotations: [] };
  for (const name of ['one', 'two'])
    put(`train/${name}.json`, JSON.stringify({ ...list, annotations: [{ id: 1, image_id: 1, category_id: 1 }] }));
  put('train/a.png', picture);
  await expect(open()).rejects.toThrow('two.json image 1: image a.png is in the list of one.json image 1, too');
});

it('reads tables in UTF-16', async () => {
  put('train/a.png', picture);
  put('train/labels.csv', Buffer.from('\uFEFFfile,classes\r\na.png,cat\r\n', 'utf16le'));
  expect((await open()).classes).toEqual(['cat']);
});
