import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePalettePng, openFolder } from '@wsss/datasets';
import type { FuzzTarget } from './fuzz-target.js';
import { changedJson, damaged, type Seed, whole } from './mutations.js';

const text = (value: string) => whole(new Uint8Array(Buffer.from(value)));

/** A gray picture of 8×6. */
const picture = encodePalettePng({ width: 8, height: 6, data: new Uint8Array(48) });
const labels = encodePalettePng({ width: 8, height: 6, data: Uint8Array.from({ length: 48 }, (_, i) => i % 3) });

const points = [
  [1, 1],
  [5, 1],
  [5, 4.5],
];
const xs = points.map(([x]) => x);
const ys = points.map(([, y]) => y);

const labelMe = {
  ...{ version: '5.5.0', flags: {}, imagePath: 'a.png', imageData: null, imageHeight: 6, imageWidth: 8 },
  shapes: [
    { label: 'cat', points, shape_type: 'polygon', group_id: null, flags: {} },
    { label: 'dog', points: points.slice(0, 2), shape_type: 'circle', group_id: null, flags: {} },
    { label: 'dog', points: points.slice(1), shape_type: 'rectangle', group_id: null, flags: {} },
  ],
};
const via = {
  'a.png1': {
    ...{ filename: 'a.png', size: 1, file_attributes: {} },
    regions: [
      { shape_attributes: { name: 'polygon', all_points_x: xs, all_points_y: ys }, region_attributes: { class: 'cat' } },
      { shape_attributes: { name: 'ellipse', cx: 3, cy: 3, rx: 2, ry: 1, theta: 0.5 }, region_attributes: { class: 'dog' } },
      { shape_attributes: { name: 'rect', x: 1, y: 1, width: 2, height: 3 }, region_attributes: { class: 'dog' } },
    ],
  },
};
/** The run lengths of a brush that has been everywhere: 192 values, a byte each, all 255. */
const bits = `${(192).toString(2).padStart(32, '0')}00111${'0111'.repeat(4)}100${(191).toString(2)}${(255).toString(2)}`;
const brush = bits
  .padEnd(72, '0')
  .match(/.{8}/g)!
  .map(byte => Number.parseInt(byte, 2));
const size = { original_width: 8, original_height: 6, image_rotation: 0 };
const labelStudio = [
  {
    id: 1,
    data: { image: '/data/local-files/?d=mine%2Fa.png' },
    annotations: [
      {
        was_cancelled: false,
        result: [
          { ...size, type: 'polygonlabels', value: { points: points.map(([x, y]) => [10 * x!, 10 * y!]), polygonlabels: ['cat'] } },
          { ...size, type: 'ellipselabels', value: { x: 40, y: 40, radiusX: 20, radiusY: 10, rotation: 3, ellipselabels: ['dog'] } },
          { ...size, type: 'brushlabels', value: { format: 'rle', rle: brush, brushlabels: ['dog'] } },
          { type: 'choices', value: { choices: ['cat'] } },
        ],
      },
    ],
  },
];
const coco = {
  images: [{ id: 1, file_name: 'images\\a.png', width: 8, height: 6 }],
  categories: [
    { id: 1, name: 'cat' },
    { id: 7, name: 'dog' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, iscrowd: 0, segmentation: [points.flat()] },
    { id: 2, image_id: 1, category_id: 7, iscrowd: 1, segmentation: { size: [6, 8], counts: [3, 4, 41] } },
  ],
};
const cvat = (shapes: string) => `<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><name>a &amp; b</name></task></meta>
<image id="0" name="a.png" width="8" height="6">
${shapes}</image></annotations>`;
const cvatOutlines = `
<polygon label="cat" occluded="0" points="${points.map(point => point.join(',')).join(';')}" z_order="0">
<attribute name="x">1</attribute></polygon>
<mask label="dog" rle="1, 2, 3" left="1" top="1" width="3" height="2" z_order="1"/>
<ellipse label="dog" cx="3.00" cy="3.00" rx="2.00" ry="1.00" rotation="5.00"/>`;
const cvatBoxes = '<box label="cat" xtl="1.0" ytl="1.0" xbr="3.0" ybr="3.0"/><tag label="dog"/>';
const vocXml = `<annotation><folder>images</folder><filename>a.png</filename><size><width>8</width><height>6</height><depth>3</depth></size>
<object><name>cat</name><difficult>0</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>4</ymax></bndbox>
<polygon>${points.map(([x, y], i) => `<x${i + 1}>${x}</x${i + 1}><y${i + 1}>${y}</y${i + 1}>`).join('')}</polygon></object></annotation>`;

/** What an export is beside the file that is damaged; `path` is where that one lies. */
interface Export {
  form: string;
  path: string;
  beside?: Record<string, string | Uint8Array>;
  seeds: readonly Seed[];
  /** A JSON text that is also changed value by value. */
  json?: string;
}

const jsonExport = (form: string, path: string, value: unknown): Export => {
  const json = JSON.stringify(value);
  return { form, path, seeds: [text(json)], json };
};

const exports: Export[] = [
  jsonExport('LabelMe', 'a.json', labelMe),
  jsonExport('VIA', 'via_export_json.json', via),
  jsonExport('Label Studio', 'project-1-at-2026.json', labelStudio),
  jsonExport('COCO in a folder', '_annotations.coco.json', coco),
  { form: 'CVAT XML', path: 'annotations.xml', seeds: [text(cvat(cvatOutlines)), text(cvat(cvatBoxes))] },
  { form: 'VOC XML', path: 'a.xml', seeds: [text(vocXml)] },
  {
    form: 'YOLO labels',
    path: 'labels/a.txt',
    beside: { 'data.yaml': 'names:\n  0: cat\n  1: dog\n' },
    seeds: [text(`0 ${points.map(([x, y]) => `${x! / 8} ${y! / 6}`).join(' ')}\n1 0 0 0.5 0 0.5 0.5\n`), text('0 0.5 0.5 0.25 0.5\n')],
  },
  {
    form: 'YOLO data.yaml',
    path: 'data.yaml',
    beside: { 'labels/a.txt': '0 0.1 0.1 0.5 0.1 0.5 0.75\n' },
    seeds: [
      text('path: ../datasets/mine\ntrain: images\nnc: 2\nnames:\n  0: cat\n  1: "dog: small"\n'),
      text("names: ['cat', dog]\nnc: 2\n"),
    ],
  },
  {
    form: 'Roboflow masks, classes',
    path: '_classes.csv',
    beside: { 'a_mask.png': labels },
    seeds: [text('Pixel Value, Class\n0, background\n1, cat\n2,"dog, small"\n')],
  },
  {
    form: 'Roboflow masks, mask',
    path: 'a_mask.png',
    beside: { '_classes.csv': 'Pixel Value, Class\n0, background\n1, cat\n2, dog\n' },
    seeds: [whole(labels)],
  },
  { form: 'Roboflow labels', path: '_classes.csv', seeds: [text('filename, cat, dog\na.png, 1, 0\n')] },
  { form: 'labels.csv', path: 'labels.csv', seeds: [text('file,classes,split\r\n"a.png","cat;dog",train\r\n')] },
];

/** Exports of annotation tools, a file of which is damaged. @param folder where they are made */
export function exportTargets(folder: string): FuzzTarget[] {
  return exports.flatMap(({ form, path, beside = {}, seeds, json }) => {
    const root = join(folder, 'exports', form);
    const put = (name: string, content: string | Uint8Array) => {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), content);
    };
    put(/YOLO/.test(form) ? 'images/a.png' : 'a.png', picture);
    for (const [name, content] of Object.entries(beside)) put(name, content);
    const read = async (bytes: Uint8Array) => {
      put(path, bytes);
      const set = await openFolder({ root, split: 'train', checkFiles: false });
      for (let i = 0; i < set.length; i++) await Promise.all([set.image(i), set.labels(i), set.mask?.(i)]);
    };
    const target = { name: form, files: damaged(seeds), read };
    return json === undefined ? [target] : [target, { name: `${form}, changed`, files: changedJson(json), read }];
  });
}
