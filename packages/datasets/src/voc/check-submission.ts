import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readFile } from '@wsss/files';
import type { Size } from '../dataset.js';
import { readPngChunks } from '../images/png-chunks.js';
import { decodeLabelPng } from '../images/read-label-png.js';
import { readPictureSize } from '../images/read-picture.js';
import { named } from '../read-file.js';
import { readTar, type TarFile } from '../shards/read-tar.js';
import { vocClasses } from './classes.js';
import { listedIn } from './lists.js';
import { vocPalette } from './palette.js';
import { vocFolder } from './voc.js';

/** What was found in an archive for the evaluation server. */
export interface SubmissionCheck {
  /** Label PNGs of images of the split, and how many there must be. */
  masks: number;
  expected: number;
  /** What the server would refuse or score wrongly: what is wrong with the archive as a whole, then a sentence each that names the file. */
  problems: string[];
}

/** An image that a submission must have labels of, and its size. */
export interface SubmissionImage {
  id: string;
  size(): Promise<Size>;
}

/** An archive unpacked is at most so large: labels of 1456 images take below 1 MB, unpacked a hundred times that. */
const mostBytes = 2 ** 30;

/**
 * Checks an archive of label PNGs for the PASCAL VOC evaluation server (`results.tgz`, a tar without compression, or the folder that
 * holds `results/`): names, their number, format, palette, sizes and labels.
 *
 * @param images of the split
 * @param options.split as in the folder's name, `comp6_test_cls` or `comp5_test_cls`; default `test`
 * @throws Error naming the archive if it cannot be read at all
 */
export async function checkSubmission(
  path: string,
  images: readonly SubmissionImage[],
  { split = 'test', onImage }: { split?: string; onImage?: (done: number, total: number) => void } = {},
): Promise<SubmissionCheck> {
  return checkFiles(await named(`cannot read ${path}`, () => filesIn(path)), images, { split, onImage });
}

/** {@link checkSubmission} of files that are read one after another. */
export async function checkFiles(
  files: readonly { name: string; data: Uint8Array | (() => Promise<Uint8Array>) }[],
  images: readonly SubmissionImage[],
  { split = 'test', onImage }: { split?: string; onImage?: (done: number, total: number) => void } = {},
): Promise<SubmissionCheck> {
  const problems: string[] = [];
  const wanted = new Map(images.map(image => [image.id, image]));
  const found = new Set<string>();
  const folder = new RegExp(`^(?:\\./)?results/VOC2012/Segmentation/comp([56])_${split}_cls/([^/]+)\\.png$`);
  const tracks = new Set<string>();
  let done = 0;
  for (const { name, data } of files) {
    const [, track, id] = folder.exec(name) ?? [];
    const image = id === undefined ? undefined : wanted.get(id);
    if (!track || id === undefined) {
      const near = /(^|\/)\._|(^|\/)(\.DS_Store|__MACOSX|Thumbs\.db)/.test(name)
        ? 'a file that a system has put there; leave it out'
        : `not in results/VOC2012/Segmentation/comp6_${split}_cls/`;
      problems.push(`${name}: it is ${near}`);
    } else if (!image) problems.push(`${name}: ${id} is no image of ${split}`);
    else if (found.has(id)) problems.push(`${name}: labels of ${id} are there twice`);
    else {
      found.add(id);
      tracks.add(track);
      try {
        checkLabels(typeof data === 'function' ? await data() : data, await image.size());
      } catch (error) {
        problems.push(`${name}: ${(error as Error).message}`);
      }
    }
    onImage?.(++done, files.length);
  }
  const asWhole: string[] = [];
  if (tracks.size > 1) asWhole.push('there are labels for comp5 and for comp6; an archive is for one of them');
  const missing = images.filter(({ id }) => !found.has(id));
  if (missing.length) {
    const names = missing.slice(0, 5).map(({ id }) => id);
    asWhole.push(
      `${missing.length} of ${images.length} images of ${split} have no labels: ${names.join(', ')}${missing.length > 5 ? ', …' : ''}`,
    );
  }
  return { masks: found.size, expected: images.length, problems: [...asWhole, ...problems] };
}

/**
 * {@link checkSubmission} of an archive for the images that VOC's list of a split names.
 *
 * @param voc the folder `VOC2012`, or `VOCdevkit` above it
 */
export async function checkVocSubmission(
  path: string,
  { voc, split = 'test', onImage }: { voc: string; split?: string; onImage?: (done: number, total: number) => void },
): Promise<SubmissionCheck> {
  const root = vocFolder(voc);
  const list = await listedIn(root, split);
  const images = list.map(({ id }) => ({ id, size: () => readPictureSize(join(root, 'JPEGImages', `${id}.jpg`)) }));
  return checkSubmission(path, images, { split, onImage });
}

/** @throws Error saying what the server would not read as labels of an image of that size */
function checkLabels(bytes: Uint8Array, size: Size): void {
  const { width, height, data } = decodeLabelPng(bytes);
  if (width !== size.width || height !== size.height)
    throw new Error(`it is ${width}×${height}, its image ${size.width}×${size.height}; they must be equal`);
  const wrong = data.find(label => label > vocClasses.length);
  if (wrong === 255) throw new Error('it has the label 255; every pixel needs one of 0 to 20');
  if (wrong !== undefined) throw new Error(`label ${wrong} is out of range: expected 0 to ${vocClasses.length}`);
  const palette = readPngChunks(bytes).find(({ type }) => type === 'PLTE')?.data;
  if (!palette)
    throw new Error(
      'it has no palette; the server expects palette PNGs in the colors of VOC: mcc data masks --from-gray DIR --out NEW_DIR',
    );
  const other = data.find(label => [0, 1, 2].some(c => palette[3 * label + c] !== vocPalette[3 * label + c]));
  if (other !== undefined)
    throw new Error(
      `its palette has the color ${palette.subarray(3 * other, 3 * other + 3).join(', ') || 'of none'} for label ${other}, VOC's has ` +
        `${vocPalette.subarray(3 * other, 3 * other + 3).join(', ')}: its labels may count another way`,
    );
}

/** What people pack instead, by how it begins. */
const otherArchives = [
  { name: 'a zip archive', begins: [0x50, 0x4b] },
  { name: 'compressed by bzip2', begins: [0x42, 0x5a, 0x68] },
  { name: 'compressed by xz', begins: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'a 7z archive', begins: [0x37, 0x7a, 0xbc, 0xaf] },
  { name: 'a rar archive', begins: [0x52, 0x61, 0x72, 0x21] },
];

async function filesIn(path: string): Promise<TarFile[]> {
  if ((await stat(path)).isDirectory()) {
    const files: TarFile[] = [];
    const entries = await readdir(join(path, 'results'), { recursive: true, withFileTypes: true }).catch(error => {
      throw new Error('it has no folder results/', { cause: error });
    });
    for (const entry of entries) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && !entry.name.endsWith('.tmp'))
        files.push({ name: relative(path, file).split(sep).join('/'), data: await readFile(file) });
    }
    return files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const bytes = await readFile(path);
  const other = otherArchives.find(({ begins }) => begins.every((byte, i) => bytes[i] === byte));
  if (other) throw new Error(`it is ${other.name}; the server takes a tar archive: tar -czf results.tgz results`);
  return readTar(bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes) : bytes);
}

function unpacked(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new Error(`it unpacks to more than ${mostBytes / 2 ** 20} MB; label PNGs of a split take far less`, { cause: error });
  }
}
