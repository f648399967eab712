import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { openFolder } from '../folder.js';

const root = join(mkdtempSync(join(tmpdir(), 'wsss-damaged-')), 'data');
afterAll(() => rmSync(dirname(root), { recursive: true }));
mkdirSync(join(root, 'train'), { recursive: true });
await sharp({ create: { width: 8, height: 6, channels: 3, background: '#456' } })
  .png()
  .toFile(join(root, 'train/a.png'));

const square = [
  [0, 0],
  [4, 0],
  [4, 4],
];
const lists: Record<string, unknown> = {
  LabelMe: { shapes: [{ label: 'cat', points: square, shape_type: 'polygon' }], imagePath: 'a.png', imageWidth: 8, imageHeight: 6 },
  VIA: {
    'a.png1': {
      filename: 'a.png',
      size: 1,
      regions: [
        { shape_attributes: { name: 'polygon', all_points_x: [0, 4, 4], all_points_y: [0, 0, 4] }, region_attributes: { class: 'cat' } },
        { shape_attributes: { name: 'ellipse', cx: 1, cy: 1, rx: 1, ry: 1, theta: 0 }, region_attributes: { class: 'cat' } },
      ],
    },
  },
  'Label Studio': [
    {
      id: 1,
      data: { image: 'a.png' },
      annotations: [
        { result: [{ type: 'polygonlabels', original_width: 8, original_height: 6, value: { points: square, polygonlabels: ['cat'] } }] },
      ],
    },
  ],
  COCO: {
    images: [{ id: 1, file_name: 'a.png', width: 8, height: 6 }],
    categories: [{ id: 1, name: 'cat' }],
    annotations: [
      { id: 1, image_id: 1, category_id: 1, segmentation: square.flat() },
      { id: 2, image_id: 1, category_id: 1, segmentation: { size: [6, 8], counts: [40, 8] } },
      { id: 3, image_id: 1, category_id: 1 },
    ],
  },
};
/** What JavaScript cannot turn into text or a number, though JSON can say it. */
const noText = { toString: true, valueOf: 1 };

/** A value with one of the values in it replaced. */
function replaced(value: unknown, at: number, by: unknown): unknown {
  let count = 0;
  const walk = (inside: unknown): unknown => {
    if (count++ === at) return by;
    if (Array.isArray(inside)) return inside.map(walk);
    if (typeof inside !== 'object' || inside === null) return inside;
    return Object.fromEntries(Object.entries(inside).map(([key, item]) => [key, walk(item)]));
  };
  return walk(value);
}

const any = fc.oneof(
  fc.constantFrom(noText, null, 0, -1, 1e300, '', 'x', true, [], {}, [null], [[1]], { a: null }),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Opens the folder with this as its list, strictly, and leaving out what cannot be used: what is wrong must be said in a sentence. */
async function isForPeople(list: unknown): Promise<void> {
  writeFileSync(join(root, 'train/list.json'), JSON.stringify(list));
  for (const checkFiles of [true, false])
    try {
      const set = await openFolder({ root, split: 'train', checkFiles });
      await set.labels(0);
      await set.mask?.(0);
    } catch (error) {
      for (let of: unknown = error; of instanceof Error; of = of.cause)
        if (of instanceof TypeError || of instanceof RangeError) throw new Error(`not for people: ${of.stack}`, { cause: of });
      expect((error as Error).message).toMatch(/list\.json|folder |cannot read image .*train|a\.png/);
      expect((error as Error).message).not.toMatch(/primitive|undefined|\[object/);
    }
}

it.each(Object.entries(lists))('a changed list of %s is read, or refused in a sentence', async (_, list) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40), any, async (at, by) => isForPeople(replaced(list, at, by))),
    { numRuns: 150, seed: 19 },
  );
});

it.each(Object.entries(lists))(
  'a list of %s with what has no text, wherever it stands, is read or refused in a sentence',
  async (_, list) => {
    for (let at = 0; at < 60; at++) await isForPeople(replaced(list, at, noText));
  },
);

it.each([[1e300], [-4], [70_000], [40_000]])('leaves out a picture that is said to be of a size that none has: %d', async side => {
  const list = { ...(lists.LabelMe as object), imageWidth: side, imageHeight: side };
  writeFileSync(join(root, 'train/list.json'), JSON.stringify(list));
  await expect(openFolder({ root, split: 'train', checkFiles: false })).rejects.toThrow(/list\.json: its picture is said to be /);
});
