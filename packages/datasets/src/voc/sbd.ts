import { existsSync } from 'node:fs';
import { copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeFolder, requireInside } from '@wsss/files';
import pLimit from 'p-limit';
import type { LabelMap } from '../dataset.js';
import { readLabelPng } from '../images/read-label-png.js';
import { readPictureSize } from '../images/read-picture.js';
import { checkSameSize } from '../images/upright-mask.js';
import { writePalettePng } from '../images/write-palette-png.js';
import { readMatlab } from '../matlab/read-matlab.js';
import { readParsed } from '../read-file.js';
import { writeWhole } from '../write-file.js';
import { vocFolder } from './voc.js';

/**
 * The class segmentation of a file of the Semantic Boundaries Dataset (`dataset/cls/*.mat`): `GTcls.Segmentation`, a matrix of class
 * indices.
 *
 * @throws Error naming the file if it is missing, damaged, or holds no such matrix
 */
export const readSbdSegmentation = (path: string): Promise<LabelMap> => readParsed('SBD file', path, segmentationOf);

function segmentationOf(bytes: Uint8Array): LabelMap {
  const labels = readMatlab(bytes).get('GTcls');
  const matrix = labels?.kind === 'struct' ? labels.elements[0]?.get('Segmentation') : undefined;
  if (matrix?.kind !== 'numbers' || matrix.dimensions.length !== 2)
    throw new Error('it holds no matrix GTcls.Segmentation; expected a file of dataset/cls of the SBD benchmark release');
  const [height, width] = matrix.dimensions as [number, number];
  const data = new Uint8Array(width * height);
  matrix.values.forEach((label, i) => {
    if (!(label >= 0 && (label <= 20 || label === 255)) || label % 1)
      throw new Error(`label ${label} is out of range: expected 0 to 20, or 255 for ignored pixels`);
    data[(i % height) * width + Math.floor(i / height)] = label; // the file goes down the columns
  });
  return { width, height, data };
}

/**
 * Makes `SegmentationClassAug` of VOC 2012: the masks of SBD as palette PNGs, and VOC's own from `SegmentationClass`, which win where
 * both have one (12 031 of the whole data sets: 10 582 for `train_aug`, 1 449 of `val`). The folder appears when it is complete; until
 * then it is called `SegmentationClassAug.unfinished`.
 *
 * @param options.sbd the SBD release: the folder with `dataset/cls`, `dataset`, or `cls` itself
 * @param options.voc the folder `VOC2012`, or `VOCdevkit` above it
 * @param options.signal aborted to stop: what is done is kept, and the next call goes on from there
 * @returns how many masks came from each, and the folder; undefined if it was interrupted
 * @throws Error if `SegmentationClassAug` exists, a folder is missing, or a file is damaged or has another size than its image
 */
export async function makeSegmentationClassAug(options: {
  sbd: string;
  voc: string;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}): Promise<{ folder: string; sbd: number; voc: number } | undefined> {
  const { onProgress, signal } = options;
  const root = vocFolder(options.voc);
  const folder = join(root, 'SegmentationClassAug');
  if (existsSync(folder)) throw new Error(`${folder} exists already; it is not overwritten. Move it away to make it anew`);
  const source = [join(options.sbd, 'dataset', 'cls'), join(options.sbd, 'cls'), options.sbd].find(
    (candidate, i) => existsSync(candidate) && (i < 2 || candidate.endsWith('cls')),
  );
  if (!source) throw new Error(`SBD folder ${options.sbd} has no dataset/cls; expected the unpacked benchmark release`);
  const own = join(root, 'SegmentationClass');
  const idsIn = async (from: string, extension: string) =>
    (await readdir(from)).filter(name => name.endsWith(extension)).map(name => name.slice(0, -extension.length));
  const fromVoc = existsSync(own) ? await idsIn(own, '.png') : [];
  const known = new Set(fromVoc);
  const fromSbd = (await idsIn(source, '.mat')).filter(id => !known.has(id));
  if (!fromSbd.length) throw new Error(`SBD folder ${source} has no .mat file that VOC has no mask for`);

  const unfinished = `${folder}.unfinished`;
  requireInside(root, [basename(unfinished)]);
  makeFolder(unfinished);
  if (!existsSync(join(unfinished, mark))) {
    if ((await readdir(unfinished)).length) throw new Error(`${unfinished} is there and was not made by this program; move it away`);
    await writeFile(join(unfinished, mark), '{"format":"wsss SegmentationClassAug 1","unfinished":true}');
  }
  const done = new Set<string>();
  for (const name of await readdir(unfinished))
    if (/\.png\.[0-9a-f-]+\.tmp$/.test(name))
      await rm(join(unfinished, name)); // of a job that was killed
    else done.add(name);
  const copy = async (id: string, to: string) => {
    const from = join(own, `${id}.png`);
    await readLabelPng(from);
    await writeWhole('mask', to, temporary => copyFile(from, temporary));
  };
  const convert = async (id: string, to: string) => {
    const map = await readSbdSegmentation(join(source, `${id}.mat`));
    checkSameSize(`SBD mask ${id}.mat`, map, `image ${id}.jpg`, await readPictureSize(join(root, 'JPEGImages', `${id}.jpg`)));
    await writePalettePng(to, map);
  };
  const jobs = [...fromVoc.map(id => ({ id, write: copy })), ...fromSbd.map(id => ({ id, write: convert }))];
  let finished = 0;
  let failure: unknown;
  // All that are under way end before an error is thrown, so that nothing is written after it.
  await pLimit(4).map(jobs, async ({ id, write }) => {
    if (signal?.aborted || failure) return;
    try {
      if (!done.has(`${id}.png`)) await write(id, join(unfinished, `${id}.png`));
      finished++;
      onProgress?.(finished, jobs.length);
    } catch (error) {
      failure ??= error;
    }
  });
  if (failure) throw failure;
  if (finished < jobs.length) return undefined;
  await rename(unfinished, folder);
  await rm(join(folder, mark));
  return { folder, sbd: fromSbd.length, voc: fromVoc.length };
}

/** Says of an unfinished folder that this program has made it. */
const mark = 'unfinished.json';
