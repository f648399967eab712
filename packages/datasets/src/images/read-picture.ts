import { openFile, readFile } from '@wsss/files';
import sharp from 'sharp';
import type { Picture, Size } from '../dataset.js';
import { lfsPointer, named, whyUnreadable } from '../read-file.js';
import { colorsOfInks, isJpegOfInks, isTiff } from './four-inks.js';
import { unreadForm } from './picture-forms.js';
import { pictureLimits, sizeProblem } from './picture-limits.js';
import { decodeBmp, isBmp, readBmpHeader } from './read-bmp.js';

/**
 * Reads an image file of one of the {@link pictureForms} as 8-bit sRGB: gray and four inks (CMYK) become RGB, 16 bits become 8,
 * transparency is laid over black. Pixel values are taken as stored (no ICC profile is applied), as Python's imaging libraries do.
 * The picture is turned upright where its EXIF orientation says how, as viewers and annotation tools show it: everywhere, in training as
 * in prediction. Masks are upright, too.
 *
 * @param options.within reduce a picture whose longer side is longer than this, in pixels, keeping its proportions
 * @throws Error naming the file if it is missing, empty, a Git LFS pointer, truncated, no image, or of more than 67 million pixels
 */
export async function readPicture(path: string, options: { within?: number } = {}): Promise<Picture> {
  const bytes = await bytesOf(path);
  return decode(bytes, options).catch(error => unreadable(path, bytes, error));
}

/** {@link readPicture} for a file in memory. @param name what errors call it */
export const decodePicture = (bytes: Uint8Array, name: string): Promise<Picture> => named(`cannot read image ${name}`, () => decode(bytes));

async function decode(bytes: Uint8Array, { within }: { within?: number } = {}): Promise<Picture> {
  const bmp = isBmp(bytes) ? decodeBmp(bytes) : undefined;
  if (bmp && !within) return bmp;
  const stored = bmp
    ? sharp(bmp.data, { raw: { width: bmp.width, height: bmp.height, channels: 3 } })
    : sharp(bytes, { ...decoding, limitInputPixels: pictureLimits.mostPixels });
  const turned = bmp ? stored : stored.autoOrient();
  const picture = within ? turned.resize(within, within, { fit: 'inside', withoutEnlargement: true }) : turned;
  if (isJpegOfInks(bytes) || (isTiff(bytes) && (await sharp(bytes, decoding).metadata()).space === 'cmyk')) {
    // JPEGs have their inks inverted, as all programs write them since Photoshop; libvips turns them back.
    const raw = picture.pipelineColorspace('cmyk').toColorspace('cmyk').raw({ depth: 'uchar' });
    const { data, info } = await raw.toBuffer({ resolveWithObject: true });
    return colorsOfInks(data, info);
  }
  const { data, info } = await picture.toColorspace('srgb').flatten().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`it decodes to ${info.channels} channels instead of 3`);
  return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** How a picture lies in its file: its size as it is seen, upright, its size as stored, and what EXIF says of its orientation. */
export interface StoredPicture extends Size {
  stored: Size;
  /** 1 (upright) to 8; from 5 on the sides are exchanged. */
  orientation: number;
}

/**
 * Width and height of an image as {@link readPicture} gives it, upright, and how it is stored, from its header alone.
 *
 * @throws Error like {@link readPicture}, as far as the header tells
 */
export async function readPictureSize(path: string): Promise<StoredPicture> {
  const read = async () => {
    await (await openFile(path)).close(); // sharp would wait for a pipe
    const { width, height, autoOrient, orientation = 1 } = await sharp(path, { ...decoding, limitInputPixels: false }).metadata();
    return { width: autoOrient.width, height: autoOrient.height, stored: { width, height }, orientation };
  };
  return read().catch(async error => {
    const bytes = await bytesOf(path);
    if (!isBmp(bytes)) return unreadable(path, bytes, error);
    try {
      const { width, height } = readBmpHeader(bytes);
      return { width, height, stored: { width, height }, orientation: 1 };
    } catch (problem) {
      return unreadable(path, bytes, problem);
    }
  });
}

// failOn 'error': truncated and damaged files throw, harmless oddities (extra bytes between segments) do not.
const decoding = { failOn: 'error', ignoreIcc: true } as const;

const bytesOf = (path: string): Promise<Buffer> =>
  readFile(path).catch(error => {
    throw new Error(`cannot read image ${path}: ${whyUnreadable(error)}`, { cause: error });
  });

/** Says in one sentence why an image cannot be read. */
async function unreadable(path: string, bytes: Buffer, error: unknown): Promise<never> {
  const fail = (reason: string): never => {
    throw new Error(`cannot read image ${path}: ${reason}`, { cause: error });
  };
  if (bytes.length === 0) return fail('the file is empty');
  const known = lfsPointer(bytes) ?? unreadForm(bytes.subarray(0, 256));
  if (known) return fail(known);
  const message = (error as Error).message.split('\n')[0]!;
  if (isBmp(bytes)) return fail(message);
  if (/pixel limit/.test(message)) {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return fail(sizeProblem({ width, height }) ?? message);
  }
  return fail(`${message.replace(/^Input (file|buffer) (has|contains) /, 'it $2 ')} (corrupt or truncated? copy or download it again)`);
}
