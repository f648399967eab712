import type { Picture } from '@wsss/datasets/shapes';
import { decodedSize } from './picture-limits.js';

/** A picture as it was given, and its pixels. */
export interface GivenPicture {
  name: string;
  picture: Picture;
}

/**
 * Decodes a picture file: turned as its EXIF says, its colors as stored, on black where it is transparent.
 *
 * @throws Error, one sentence naming the file, if it is no picture that this browser reads, or too large, or too small
 */
export async function readPicture(file: Blob, name: string): Promise<GivenPicture> {
  const size = await sizeOf(file, name);
  const { width, height } = decodedSize(name, size);
  const options = { premultiplyAlpha: 'none', colorSpaceConversion: 'none', imageOrientation: 'from-image' } as const;
  const resized =
    width === size.width && height === size.height ? {} : { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' as const };
  const bitmap = await createImageBitmap(file, { ...options, ...resized }).catch(() => {
    throw new Error(`${name} is damaged: this browser cannot decode it.`);
  });
  const picture = pixelsOf(bitmap, width, height);
  bitmap.close();
  return { name, picture };
}

/** The pixels of what can be drawn. */
export function pixelsOf(source: CanvasImageSource, width: number, height: number): Picture {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' })!;
  context.drawImage(source, 0, 0, width, height);
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]! / 255;
    for (let channel = 0; channel < 3; channel++) data[at++] = Math.round(rgba[i + channel]! * alpha);
  }
  return { width, height, data };
}

/** The size in a file's header: nothing is decoded, so that a picture of 100 megapixels takes no memory. */
async function sizeOf(file: Blob, name: string): Promise<{ width: number; height: number }> {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
    }).catch(() => {
      throw new Error(`${name} is no picture that this browser reads; take a JPEG, PNG, WebP, GIF, AVIF or BMP file.`);
    });
    return { width: image.naturalWidth, height: image.naturalHeight };
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
