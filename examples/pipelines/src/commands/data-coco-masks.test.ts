import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLabelPng } from '@wsss/datasets';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { main } from '../cli.js';

const root = mkdtempSync(join(tmpdir(), 'wsss-coco-masks-'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const image = (id: number) => ({ id, file_name: `${id}.jpg`, width: 4, height: 3 });
const annotation = (id: number, image_id: number, category_id: number) => ({ id, image_id, category_id, segmentation: [[0, 0, 2, 3]] });
function putInstances(...annotations: object[]): void {
  mkdirSync(join(root, 'annotations'), { recursive: true });
  const categories = [
    { id: 5, name: 'airplane' },
    { id: 1, name: 'person' },
  ];
  writeFileSync(
    join(root, 'annotations', 'instances_val2017.json'),
    JSON.stringify({ images: [image(1), image(2)], annotations, categories }),
  );
}

/** Runs `mcc data coco-masks`; what it prints and its exit code. */
async function run(...options: string[]) {
  const printed = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation(text => Boolean((printed.out += text)));
  vi.spyOn(process.stderr, 'write').mockImplementation(text => Boolean((printed.err += text)));
  await main(['node', 'mcc', 'data', 'coco-masks', '--coco', root, '--split', 'val', '--year', '2017', ...options]);
  return { ...printed, exitCode: process.exitCode };
}

it('writes masks, and goes on where it ended', async () => {
  putInstances(annotation(7, 1, 5), annotation(8, 2, 1));
  const { out, err, exitCode } = await run();
  expect([out, exitCode]).toEqual(['', undefined]);
  const folder = join(root, 'SegmentationClass', 'val2017');
  expect(err).toContain(`${folder}: 2 masks written, 0 were there already\n`);
  expect(readdirSync(folder)).toEqual(['1.png', '2.png']);
  expect([...(await readLabelPng(join(folder, '1.png'))).data.subarray(0, 4)]).toEqual([2, 2, 0, 0]);
  rmSync(join(folder, '2.png'));
  expect(JSON.parse((await run('--json')).out)).toMatchObject({ folder, written: 1, kept: 1, images: 2, annotations: 2 });
  await run('--to-voc12');
  expect((await readLabelPng(join(root, 'SegmentationClassVOC12', 'val2017', '1.png'))).data[0]).toBe(1);
});

it('names what it refuses, and ends with 1', async () => {
  putInstances(annotation(7, 1, 5), annotation(8, 2, 3), annotation(9, 99, 1));
  const { err, exitCode } = await run('--out', join(root, 'other'));
  expect(exitCode).toBe(1);
  expect(err).toContain('refused: annotation 8 of 2.jpg: its category 3 is not among the 2 categories of the file\n');
  expect(err).toContain('refused: annotation 9: its image 99 is not among the 2 images of the file\n');
  expect(err).toContain('1 mask written, 0 were there already, 1 image refused');
  expect(readdirSync(join(root, 'other'))).toEqual(['1.png']);
});
