import { open } from 'node:fs/promises';
import sharp from 'sharp';
import type { Picture, Size } from '../dataset.js';
import { lfsPointer, named, whyUnreadable } from '../read-file.js';
import { pictureLimits, sizeProblem } from './picture-limits.js';

/**
 * Reads an image file of any format sharp knows (JPEG, PNG, WebP, …) as 8-bit sRGB: gray and CMYK become RGB, 16 bits become 8,
 * transparency is laid over black. Pixel values and orientation are taken as stored (no ICC profile and no EXIF rotation is
 * applied), as Python's imaging libraries do, so that masks drawn on the stored pixels fit.
 *
 * @param options.upright apply the EXIF orientation, as viewers do; for photographs that no mask belongs to
 * @param options.within reduce a picture whose longer side is longer than this, in pixels, keeping its proportions
 * @throws Error naming the file if it is missing, empty, a Git LFS pointer, truncated, no image, or of more than 67 million pixels
 */
export function readPicture(path: string, options: { upright?: boolean; within?: number } = {}): Promise<Picture> {
  return decode(path, options).catch(error => unreadable(path, error));
}

/** {@link readPicture} for a file in memory. @param name what errors call it */
export const decodePicture = (bytes: Uint8Array, name: string): Promise<Picture> => named(`cannot read image ${name}`, () => decode(bytes));

async function decode(source: string | Uint8Array, { upright, within }: Parameters<typeof readPicture>[1] = {}): Promise<Picture> {
  const stored = sharp(source, { ...decoding, limitInputPixels: pictureLimits.mostPixels });
  const turned = upright ? stored.autoOrient() : stored;
  const { data, info } = await (within ? turned.resize(within, within, { fit: 'inside', withoutEnlargement: true }) : turned)
    .toColorspace('srgb')
    .flatten()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`it decodes to ${info.channels} channels instead of 3`);
  return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * Width and height of an image as stored, from its header alone.
 *
 * @param options.upright with the EXIF orientation applied
 * @throws Error like {@link readPicture}, as far as the header tells
 */
export async function readPictureSize(path: string, options: { upright?: boolean } = {}): Promise<Size> {
  const stored = sharp(path, { ...decoding, limitInputPixels: false });
  const { width, height, autoOrient } = await stored.metadata().catch(error => unreadable(path, error));
  return options.upright ? autoOrient : { width, height };
}

// failOn 'error': truncated and damaged files throw, harmless oddities (extra bytes between segments) do not.
const decoding = { failOn: 'error', ignoreIcc: true } as const;

/** Says in one sentence why an image cannot be read; looks into the file only now that something is wrong. */
async function unreadable(path: string, error: unknown): Promise<never> {
  const fail = (reason: string): never => {
    throw new Error(`cannot read image ${path}: ${reason}`, { cause: error });
  };
  const start = Buffer.alloc(64);
  let length: number;
  try {
    const file = await open(path);
    length = (await file.read(start, 0, start.length, 0).finally(() => file.close())).bytesRead;
  } catch (problem) {
    return fail(whyUnreadable(problem));
  }
  const pointer = lfsPointer(start);
  if (length === 0) return fail('the file is empty');
  if (pointer) return fail(pointer);
  if (/pixel limit/.test((error as Error).message)) {
    const { width, height } = await sharp(path, { limitInputPixels: false }).metadata();
    return fail(sizeProblem({ width, height }) ?? (error as Error).message);
  }
  const first = (error as Error).message.split('\n')[0]!.replace(/^Input file (has|contains) /, 'it $1 ');
  return fail(`${first} (corrupt or truncated? copy or download it again)`);
}
