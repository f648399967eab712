import { openFile } from '@wsss/files';
import sharp from 'sharp';
import { ignoreLabel, type LabelMap, type Picture } from '../dataset.js';
import { named } from '../read-file.js';
import { vocPalette } from '../voc/palette.js';
import { readLabelPng } from './read-label-png.js';
import { readPicture } from './read-picture.js';

/** Labels by color: [red, green, blue, label]. */
export type ColorTable = readonly (readonly [red: number, green: number, blue: number, label: number])[];

/** The colors in which VOC masks are shown: background, the first `classes` classes, and ignore. */
export const vocColors = (classes = 20): ColorTable =>
  [...Array.from({ length: classes + 1 }, (_, label) => label), ignoreLabel].map(
    label => [vocPalette[3 * label]!, vocPalette[3 * label + 1]!, vocPalette[3 * label + 2]!, label] as const,
  );

/**
 * Turns a picture in which every color stands for a label into labels.
 *
 * @throws Error naming the first color that is not in the table, where it is, and how many pixels have no label
 */
export function labelsOfColors({ width, height, data }: Picture, colors: ColorTable): LabelMap {
  const table = new Map(colors.map(([red, green, blue, label]) => [(red << 16) | (green << 8) | blue, label]));
  const labels = new Uint8Array(width * height);
  let unknown = 0;
  let first = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = table.get((data[3 * i]! << 16) | (data[3 * i + 1]! << 8) | data[3 * i + 2]!);
    if (label !== undefined) labels[i] = label;
    else if (!unknown++) first = i;
  }
  if (unknown)
    throw new Error(
      `color ${data.subarray(3 * first, 3 * first + 3).join(', ')} at ${placeOf(first, width)} stands for no label ` +
        `(${unknown} of ${labels.length} pixels have such colors)${hint(data.subarray(3 * first, 3 * first + 3))}`,
    );
  return { width, height, data: labels };
}

const hint = ([red, green, blue]: Uint8Array) =>
  red === green && green === blue ? '; if its gray values are the labels, convert it with --from-gray' : '';

/**
 * Reads a mask that {@link readLabelPng} refuses because its colors are the labels: an RGB or RGBA file without losses.
 *
 * @throws Error naming the file if it cannot be read, is a JPEG (whose colors are not exact), or has a color that stands for no label
 */
export async function readRgbMask(path: string, colors: ColorTable = vocColors()): Promise<LabelMap> {
  const picture = await readPicture(path);
  if (await isJpeg(path))
    throw new Error(`cannot convert mask ${path}: it is a JPEG, whose colors are no longer exact; start from the original masks`);
  return named(`cannot convert mask ${path}`, () => labelsOfColors(picture, colors));
}

/**
 * Reads a mask of 16 bits a pixel whose gray values are the labels, 0 to 255, as annotation tools write them.
 *
 * @throws Error naming the file if it cannot be read, is not gray, or has a value above 255
 */
export async function readDeepMask(path: string): Promise<LabelMap> {
  await readPicture(path); // says what is wrong with a file that is no picture
  const { data, info } = await sharp(path).toColorspace('grey16').raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  if (info.channels !== 1) throw new Error(`cannot convert mask ${path}: it has ${info.channels} channels; expected gray`);
  const wrong = values.findIndex(value => value > 255);
  if (wrong >= 0)
    throw new Error(`cannot convert mask ${path}: value ${values[wrong]} at ${placeOf(wrong, info.width)} is no label (0 to 255)`);
  return { width: info.width, height: info.height, data: Uint8Array.from(values) };
}

/** Whether a file begins as JPEG does. */
async function isJpeg(path: string): Promise<boolean> {
  const file = await openFile(path);
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close());
  return buffer[0] === 0xff && buffer[1] === 0xd8;
}

/**
 * Reads a mask whose gray values are the labels, in 8 or 16 bits, whether it has one channel or several that are equal: `(3, 3, 3)` is
 * label 3. Transparency must not matter: it is the same everywhere.
 *
 * @throws Error naming the file if it cannot be read, is a JPEG, or has a pixel that is not gray or above 255
 */
export async function readGrayMask(path: string): Promise<LabelMap> {
  await readPicture(path); // says what is wrong with a file that is no picture
  const fail = (reason: string) => new Error(`cannot convert mask ${path}: ${reason}`);
  if (await isJpeg(path)) throw fail('it is a JPEG, whose values are no longer exact; start from the original masks');
  const { depth, bitsPerSample = 8, isPalette, format } = await sharp(path).metadata();
  if (depth === 'ushort') return readDeepMask(path);
  // Decoders spread 1, 2 and 4 bits over 0 to 255.
  if (format === 'png' && bitsPerSample < 8 && !isPalette) return readLabelPng(path);
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const labels = new Uint8Array(width * height);
  const colors = channels > 2 ? 3 : 1;
  for (let i = 0; i < labels.length; i++) {
    const at = i * channels;
    labels[i] = data[at]!;
    if (colors === 3 && (data[at] !== data[at + 1] || data[at] !== data[at + 2]))
      throw fail(`color ${data.subarray(at, at + 3).join(', ')} at ${placeOf(i, width)} is not gray; colors are converted with --from-rgb`);
    if (channels > colors && data[at + colors] !== data[colors])
      throw fail(`its transparency differs at ${placeOf(i, width)}; it may be the labels, or what is hidden: save the mask without it`);
  }
  return { width, height, data: labels };
}

const placeOf = (pixel: number, width: number) => `row ${Math.floor(pixel / width)}, column ${pixel % width}`;
