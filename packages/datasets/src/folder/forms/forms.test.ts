import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { SegmentationDataset } from '../../dataset.js';
import { labelsOf, meant, putPictures, writers } from '../../test/form-writers.js';
import { openFolder } from '../folder.js';
import { importFolder } from '../import-folder.js';
import { listForms } from './forms.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-forms-'));
afterAll(() => rmSync(folder, { recursive: true }));
const root = join(folder, 'data');
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};

/** A folder that is not divided: its pictures are in train or in val, by their names. */
async function both(root: string): Promise<SegmentationDataset[]> {
  const sets: SegmentationDataset[] = [];
  for (const split of ['train', 'val'])
    await openFolder({ root, split }).then(
      set => sets.push(set),
      error => {
        if (!/that leaves none for/.test(error.message)) throw error;
      },
    );
  return sets;
}

/** What a set has of each picture, sorted. */
async function contents(sets: readonly SegmentationDataset[]) {
  const records = await Promise.all(
    sets.flatMap(set =>
      Array.from({ length: set.length }, async (_, i) => {
        const [labels, { width, height, data }, mask] = [await set.labels(i), await set.image(i), await set.mask!(i)];
        return JSON.stringify({ labels: [...labels], size: [width, height], first: [...data.subarray(0, 3)], mask: [...mask.data] });
      }),
    ),
  );
  return records.sort();
}

it('has a writer of every form that is read, but for folders of classes', () => {
  expect([...Object.keys(writers), 'class folders']).toEqual(listForms.map(form => form.name));
});

describe.each(Object.entries(writers))('%s', (form, { below, write }) => {
  it('gives back what was written, whatever classes and pictures are called, and so does the folder that it is imported into', async () => {
    await fc.assert(
      fc.asyncProperty(meant, async drawn => {
        // Roboflow has all files in one folder.
        const flat = drawn.pictures.map(picture => ({ ...picture, file: picture.file.replaceAll('/', '_') }));
        const data = form === 'Roboflow' ? { ...drawn, pictures: flat } : drawn;
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root, { recursive: true });
        await putPictures(put, data, below);
        await write(put, data);
        const splits = await both(root);
        const found = new Map<string, unknown>();
        for (const set of splits) {
          expect(set.classes).toEqual(data.classes);
          expect(set.opened!.leftOut).toEqual([]);
          for (let i = 0; i < set.length; i++)
            found.set(set.files!(i).image, {
              labels: [...(await set.labels(i))],
              mask: await set.mask!(i),
              size: (await set.image(i)).width,
            });
        }
        const plain = join(folder, 'plain');
        rmSync(plain, { recursive: true, force: true });
        const report = await importFolder({ from: root, out: plain });
        expect(report).toMatchObject({ classes: data.classes, taken: data.pictures.length, forms: [form], leftOut: [] });
        expect(await contents(await both(plain))).toEqual(await contents(splits));
        const expected = new Map(
          data.pictures.map(picture => {
            const mask = labelsOf(picture);
            const shown = data.classes.map((_, k) =>
              Number(
                ['Pascal VOC with masks', 'Roboflow'].includes(form)
                  ? mask.data.includes(k + 1)
                  : picture.boxes.some(({ label }) => label === k + 1),
              ),
            );
            return [join(root, below, picture.file), { labels: shown, mask, size: picture.size.width }];
          }),
        );
        expect(found).toEqual(expected);
      }),
      { numRuns: 15, seed: 19 },
    );
  });
});
