import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runCommand } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-data-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const given = join(import.meta.dirname, '../../../../fixtures/data-sets');

it.each([
  ['exports-as-exported/cvat', 4, 3],
  ['exports-as-exported/labelstudio', 3, 2],
  ['exports-as-exported/labelme-voc', 3, 2],
  ['duplicate-category-name', 3, 2],
  ['path-below-images/json', 3, 2],
  ['phone-photos/six', 1, 1],
])('makes a folder of %s that is read as it is', async (name, images, classes) => {
  const out = join(folder, name.replaceAll('/', '-'));
  const { out: text, code } = await runCommand(['data', 'import', join(given, name), '--out', out, '--json']);
  expect([JSON.parse(text), code]).toEqual([expect.objectContaining({ taken: images, withMask: images, leftOut: [] }), 0]);
  const checks = [];
  for (const root of [join(given, name), out]) checks.push(JSON.parse((await runCommand(['data', 'check', 'folder', root, '--json'])).out));
  const counts = checks.map(({ splits }) => {
    const rows = (splits as { classes: { name: string; images: number; pixelShare: number }[]; records: number }[]).flatMap(
      split => split.classes,
    );
    const of = (wanted: string) => rows.filter(row => row.name === wanted).reduce((sum, row) => sum + row.images, 0);
    return Object.fromEntries(rows.map(row => [row.name, of(row.name)]));
  });
  expect(Object.keys(counts[1]!).length).toBe(classes + 2); // background and ignore
  expect(counts[1]).toEqual(counts[0]);
});

it('says what it took and left, ends with 1 if it left something, and overwrites nothing', async () => {
  const from = join(folder, 'damaged');
  cpSync(join(given, 'exports-as-exported/cvat'), from, { recursive: true });
  const list = JSON.parse(readFileSync(join(from, 'annotations/instances_default.json'), 'utf8'));
  list.annotations[0].segmentation = [[1, 1]];
  writeFileSync(join(from, 'annotations/instances_default.json'), JSON.stringify(list));
  const out = join(folder, 'of-damaged');
  const first = await runCommand(['data', 'import', from, '--out', out]);
  expect(first.code).toBe(1);
  expect(first.out).toMatch(/: 3 images taken, 3 with a mask \(read as COCO\)\n {2}not divided into splits.*\n.*class/);
  expect(first.out).toContain(`1 left out:\n    annotations/instances_default.json: annotation ${list.annotations[0].id} of `);
  expect(existsSync(join(out, 'import.json'))).toBe(true);
  const before = readFileSync(join(out, 'labels.csv'), 'utf8');
  await expect(runCommand(['data', 'import', from, '--out', out]).then(({ err }) => err)).resolves.toContain('exists already');
  expect(readFileSync(join(out, 'labels.csv'), 'utf8')).toBe(before);
});
