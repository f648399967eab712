import sharp from 'sharp';
import { ignoreLabel, type LabelMap, type Picture } from '../dataset';
import { vocPalette } from '../voc/palette';
import { readPicture } from './read-picture';

/** Labels by colour: [red, green, blue, label]. */
export type ColourTable = readonly (readonly [red: number, green: number, blue: number, label: number])[];

/** The colours in which VOC masks are shown: background, the first `classes` classes, and ignore. */
export const vocColours = (classes = 20): ColourTable =>
  [...Array.from({ length: classes + 1 }, (_, label) => label), ignoreLabel].map(
    label => [vocPalette[3 * label]!, vocPalette[3 * label + 1]!, vocPalette[3 * label + 2]!, label] as const,
  );

/**
 * Turns a picture in which every colour stands for a label into labels.
 *
 * @throws Error naming the first colour that is not in the table, where it is, and how many pixels have no label
 */
export function labelsOfColours({ width, height, data }: Picture, colours: ColourTable): LabelMap {
  const table = new Map(colours.map(([red, green, blue, label]) => [(red << 16) | (green << 8) | blue, label]));
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
      `colour ${data.subarray(3 * first, 3 * first + 3).join(', ')} at row ${Math.floor(first / width)}, column ${first % width} stands for no label (${unknown} of ${labels.length} pixels have such colours)`,
    );
  return { width, height, data: labels };
}

/**
 * Reads a mask that {@link readLabelPng} refuses because its colours are the labels: an RGB or RGBA file without losses.
 *
 * @throws Error naming the file if it cannot be read, is a JPEG (whose colours are not exact), or has a colour that stands for no label
 */
export async function readRgbMask(path: string, colours: ColourTable = vocColours()): Promise<LabelMap> {
  const picture = await readPicture(path);
  if ((await sharp(path).metadata()).format === 'jpeg')
    throw new Error(`cannot convert mask ${path}: it is a JPEG, whose colours are no longer exact; start from the original masks`);
  try {
    return labelsOfColours(picture, colours);
  } catch (error) {
    throw new Error(`cannot convert mask ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads a mask of 16 bits a pixel whose grey values are the labels, 0 to 255, as annotation tools write them.
 *
 * @throws Error naming the file if it cannot be read, is not grey, or has a value above 255
 */
export async function readDeepMask(path: string): Promise<LabelMap> {
  await readPicture(path); // says what is wrong with a file that is no picture
  const { data, info } = await sharp(path).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  if (info.channels !== 1) throw new Error(`cannot convert mask ${path}: it has ${info.channels} channels; expected grey`);
  const wrong = values.findIndex(value => value > 255);
  if (wrong >= 0)
    throw new Error(
      `cannot convert mask ${path}: value ${values[wrong]} at row ${Math.floor(wrong / info.width)}, column ${wrong % info.width} is no label (0 to 255)`,
    );
  return { width: info.width, height: info.height, data: Uint8Array.from(values) };
}
