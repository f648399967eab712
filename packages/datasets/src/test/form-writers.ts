import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import type { Size } from '../dataset.js';
import { isSplitName } from '../folder/splits.js';
import { withoutEnding } from '../images/short-names.js';
import { encodePalettePng } from '../images/write-palette-png.js';

/** Writes a file below the folder of the data set. */
type Put = (path: string, content: string | Uint8Array) => void;

/** A data set as a person means it: boxes of classes on pictures, none over another, in labels from 1 on. */
export interface Meant {
  classes: string[];
  pictures: { file: string; size: Size; boxes: { label: number; x: number; y: number; width: number; height: number }[] }[];
}

const word = fc.stringMatching(/^[\p{L}\p{N}_.'&+ -]{1,12}$/u).map(text => text.normalize('NFC').trim());
const isName = (text: string) => text !== '' && !/^\.|\.$/.test(text) && Buffer.byteLength(text) < 100;
const name = word.filter(text => isName(text) && !/^(masks|background|__ignore__|_background_)$/i.test(text));
const fileName = fc
  .tuple(
    fc.array(
      name.filter(part => !isSplitName(part) && part !== 'images'),
      { maxLength: 2 },
    ),
    name,
    fc.constantFrom('.jpg', '.JPG', '.png', '.jpeg'),
  )
  .map(([folders, base, ending]) => [...folders, base + ending].join('/'));
const side = fc.integer({ min: 8, max: 24 });
export const meant: fc.Arbitrary<Meant> = fc
  .record({
    classes: fc.uniqueArray(
      name.filter(text => !/[;|,:]/.test(text)),
      { minLength: 1, maxLength: 4 },
    ),
    // None is a folder of another, or differs in its ending or in capitals alone.
    files: fc.uniqueArray(fileName, { minLength: 1, maxLength: 4, selector: file => withoutEnding(file).toLowerCase() }),
    sizes: fc.array(fc.record({ width: side, height: side }), { minLength: 4, maxLength: 4 }),
    boxes: fc.array(fc.array(fc.nat(99), { minLength: 0, maxLength: 2 }), { minLength: 4, maxLength: 4 }),
  })
  .filter(({ files }) => files.every(file => !files.some(other => other.startsWith(`${file}/`))))
  .map(({ classes, files, sizes, boxes }) => ({
    classes,
    pictures: files.map((file, i) => ({
      file,
      size: sizes[i]!,
      // Every class has a box somewhere: the first picture has them all, in a row.
      boxes: (i === 0 ? classes.map((_, k) => k) : boxes[i]!.slice(0, 2).map(value => value % classes.length)).map((k, at) => ({
        label: k + 1,
        x: 2 * at,
        y: 1 + at,
        width: 1 + (k % 2),
        height: 2 + k,
      })),
    })),
  }));

export const labelsOf = ({ size, boxes }: Meant['pictures'][number]) => {
  const data = new Uint8Array(size.width * size.height);
  for (const { label, x, y, width, height } of boxes)
    for (let row = y; row < Math.min(size.height, y + height); row++)
      for (let column = x; column < Math.min(size.width, x + width); column++) data[row * size.width + column] = label;
  return { ...size, data };
};
const corners = ({ x, y, width, height }: Meant['pictures'][number]['boxes'][number]): [number, number][] => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];
const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const colorOf = (label: number) => [label * 40, 255 - label * 20, label * 7] as const;

export async function putPictures(put: Put, { pictures }: Meant, below: string) {
  for (const { file, size } of pictures) {
    const picture = sharp({ create: { ...size, channels: 3, background: '#456' } });
    put(join(below, file), await (/\.png$/.test(file) ? picture.png() : picture.jpeg()).toBuffer());
  }
}

/** How each form is written. The ids that pictures get are their paths below `below`, or below the folder. */
export const writers: Record<string, { below: string; write(put: Put, data: Meant): void | Promise<void> }> = {
  'labels.csv': {
    below: 'images',
    write(put, { classes, pictures }) {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const rows = pictures.map(({ file, boxes }) => [
        quoted(file),
        quoted([...new Set(boxes.map(({ label }) => classes[label - 1]))].join(';')),
      ]);
      put('labels.csv', ['file,classes', ...rows.map(row => row.join(','))].join('\r\n'));
      put('classes.txt', classes.join('\n'));
      for (const picture of pictures) put(`masks/${withoutEnding(picture.file)}.png`, encodePalettePng(labelsOf(picture)));
    },
  },
  COCO: {
    below: 'images',
    write(put, { classes, pictures }) {
      const images = pictures.map(({ file, size }, id) => ({ id, file_name: id % 2 ? file.replaceAll('/', '\\') : file, ...size }));
      const annotations = pictures.flatMap(({ boxes }, image) =>
        boxes.map(box => ({ image_id: image, category_id: 3 * box.label, segmentation: [corners(box).flat()] })),
      );
      const categories = [{ id: 1, name: classes[0]! }, ...classes.map((name, k) => ({ id: 3 * (k + 1), name }))];
      put('result.json', JSON.stringify({ images, categories, annotations: annotations.map((found, id) => ({ id, ...found })) }));
    },
  },
  'Pascal VOC with masks': {
    below: 'JPEGImages',
    async write(put, { classes, pictures }) {
      const lines = classes.map((name, k) => `${name}:${colorOf(k + 1).join(',')}::`);
      put('labelmap.txt', ['# label:color_rgb:parts:actions', 'background:0,0,0::', ...lines].join('\n'));
      for (const picture of pictures) {
        const { data, width, height } = labelsOf(picture);
        const colors = Uint8Array.from([...data].flatMap(label => (label ? [...colorOf(label)] : [0, 0, 0])));
        const png = await sharp(colors, { raw: { width, height, channels: 3 } })
          .png()
          .toBuffer();
        put(`SegmentationClass/${withoutEnding(picture.file)}.png`, png);
      }
      put('ImageSets/Segmentation/default.txt', pictures.map(({ file }) => `"${withoutEnding(file)}"`).join('\n'));
    },
  },
  'Pascal VOC, XML alone': {
    below: 'JPEGImages',
    write(put, { classes, pictures }) {
      put('classes.txt', classes.join('\n'));
      for (const { file, size, boxes } of pictures) {
        const objects = boxes.map(box => {
          const points = corners(box).map(([x, y], i) => `<x${i + 1}>${x}</x${i + 1}><y${i + 1}>${y}</y${i + 1}>`);
          return `<object><name>${xml(classes[box.label - 1]!)}</name><bndbox/><polygon>${points.join('')}</polygon></object>`;
        });
        const sides = `<size><width>${size.width}</width><height>${size.height}</height></size>`;
        put(
          `Annotations/${withoutEnding(file)}.xml`,
          `<annotation><filename>${xml(file)}</filename>${sides}${objects.join('\n')}</annotation>`,
        );
      }
    },
  },
  'YOLO segmentation': {
    below: 'images',
    write(put, { classes, pictures }) {
      put('data.yaml', `path: ../datasets/mine\nimages: x\nnames: ${JSON.stringify(classes)}\n`);
      for (const { file, size, boxes } of pictures) {
        const line = (box: (typeof boxes)[number]) =>
          [box.label - 1, ...corners(box).flatMap(([x, y]) => [x / size.width, y / size.height])].join(' ');
        put(`labels/${withoutEnding(file)}.txt`, boxes.map(line).join('\n'));
      }
    },
  },
  LabelMe: {
    below: 'pictures',
    write(put, { classes, pictures }) {
      put('classes.txt', classes.join('\n'));
      for (const [i, { file, size, boxes }] of pictures.entries()) {
        const shapes = boxes.map(box => ({ label: classes[box.label - 1], points: corners(box), shape_type: 'polygon', flags: {} }));
        const path = `..\\data\\pictures\\${file.replaceAll('/', '\\')}`;
        put(
          `${i}.json`,
          JSON.stringify({
            version: '5.5.0',
            flags: {},
            shapes,
            imagePath: path,
            imageData: null,
            imageHeight: size.height,
            imageWidth: size.width,
          }),
        );
      }
    },
  },
  VIA: {
    below: '',
    write(put, { classes, pictures }) {
      put('classes.txt', classes.join('\n'));
      const entries = pictures.map(({ file, boxes }) => {
        const regions = boxes.map(box => ({
          shape_attributes: { name: 'polygon', all_points_x: corners(box).map(([x]) => x), all_points_y: corners(box).map(([, y]) => y) },
          region_attributes: { kind: classes[box.label - 1] },
        }));
        return [`${file}99`, { filename: file, size: 99, regions, file_attributes: {} }];
      });
      put('via_project.json', JSON.stringify({ _via_settings: {}, _via_img_metadata: Object.fromEntries(entries), _via_attributes: {} }));
    },
  },
  'CVAT for images': {
    below: 'images',
    write(put, { classes, pictures }) {
      put('classes.txt', classes.join('\n'));
      const images = pictures.map(({ file, size, boxes }, id) => {
        const shapes = boxes.map((box, i) => {
          const label = xml(classes[box.label - 1]!);
          const { x, y, width, height } = box;
          if (i % 2 && x + width <= size.width && y + height <= size.height)
            return (
              `<mask label="${label}" rle="0, ${width * height}" left="${x}" top="${y}" ` +
              `width="${width}" height="${height}" z_order="0"/>`
            );
          return `<polygon label="${label}" z_order="0" points="${corners(box)
            .map(([x, y]) => `${x}.00,${y}.00`)
            .join(';')}"></polygon>`;
        });
        return `<image id="${id}" name="${xml(file)}" width="${size.width}" height="${size.height}">${shapes.join('\n')}</image>`;
      });
      put('annotations.xml', `<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>${images.join('')}</annotations>`);
    },
  },
  'Label Studio': {
    below: 'images',
    write(put, { classes, pictures }) {
      put('classes.txt', classes.join('\n'));
      const tasks = pictures.map(({ file, size, boxes }, id) => {
        const result = boxes.map((box, i) => ({
          id: `r${i}`,
          type: 'polygonlabels',
          original_width: size.width,
          original_height: size.height,
          value: {
            points: corners(box).map(([x, y]) => [(100 * x) / size.width, (100 * y) / size.height]),
            polygonlabels: [classes[box.label - 1]],
          },
        }));
        return { id, data: { image: `/data/local-files/?d=${encodeURIComponent(`mine/${file}`)}` }, annotations: [{ result }] };
      });
      put('project-1-at-2026.json', JSON.stringify(tasks));
    },
  },
  Roboflow: {
    below: '',
    write(put, { classes, pictures }) {
      const rows = classes.map((name, k) => `${3 * k + 2}, "${name.replaceAll('"', '""')}"`.replace(', "', ',"'));
      put('_classes.csv', ['Pixel Value, Class', '0, background', ...rows].join('\n'));
      for (const picture of pictures) {
        const { data, ...size } = labelsOf(picture);
        const values = data.map(label => (label ? 3 * label - 1 : 0));
        put(`${withoutEnding(picture.file)}_mask.png`, encodePalettePng({ ...size, data: values }));
      }
    },
  },
};
