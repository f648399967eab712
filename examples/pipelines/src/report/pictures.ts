import { vocPalette } from '@wsss/datasets';
import { writeAtomically } from '@wsss/train';
import sharp, { type Sharp } from 'sharp';

/** RGB pixels, row-major. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Pixels to be resized and encoded. */
export const raw = ({ width, height, data }: Pixels) => sharp(data, { raw: { width, height, channels: 3 } });

/** An encoded picture as a data URI. */
export async function dataUri(format: 'jpeg' | 'png', image: Sharp): Promise<string> {
  return `data:image/${format};base64,${(await image.toBuffer()).toString('base64')}`;
}

/** A picture as JPEG of another size. */
export async function encodePicture(pixels: Pixels, { width, height }: { width: number; height: number }): Promise<Buffer> {
  return raw(pixels).resize(width, height, { fit: 'fill', kernel: 'cubic' }).jpeg({ quality: 82 }).toBuffer();
}

/** A picture as a data URI, enlarged to at least 144 pixels wide without smoothing so that pixels and patches can be seen. */
export async function toDataUri(pixels: Pixels): Promise<string> {
  const { width, height } = pixels;
  const factor = Math.max(1, Math.ceil(144 / width));
  const image = raw(pixels).resize(width * factor, height * factor, { kernel: 'nearest' });
  return width * height > 40_000 ? dataUri('jpeg', image.jpeg({ quality: 85 })) : dataUri('png', image.png());
}

/** Writes a picture as JPEG. */
export async function writeJpeg(file: string, pixels: Pixels): Promise<void> {
  await writeAtomically(file, await raw(pixels).jpeg({ quality: 90 }).toBuffer());
}

/** A heat map over a grayed picture: what is 0 stays gray, 1 is bright yellow. Values [width·height] in [0, 1]. */
export function heatOverlay(picture: Pixels, heat: ArrayLike<number>): Pixels {
  const share = (i: number) => 0.25 + 0.55 * Math.min(Math.max(heat[i]!, 0), 1);
  return blend(grayed(picture), i => heatColor(heat[i]!), share);
}

/** Values [h·w] of the patches that fit into a picture, as values of its pixels; 0 where it ends in less than a patch. */
export function patchesToPixels(values: ArrayLike<number>, { width, height }: Omit<Pixels, 'data'>, side: number): Float32Array {
  const columns = Math.floor(width / side);
  const pixels = new Float32Array(width * height);
  for (let patch = 0; patch < values.length; patch++) {
    const first = Math.floor(patch / columns) * side * width + (patch % columns) * side;
    for (let row = 0; row < side; row++) pixels.fill(values[patch]!, first + row * width, first + row * width + side);
  }
  return pixels;
}

/** Values divided by the largest, so that the largest is 1. */
export function relativeToLargest(values: ArrayLike<number>): Float32Array {
  const largest = Array.from(values).reduce((most, value) => Math.max(most, value), 0);
  return Float32Array.from(values, value => (largest > 0 ? value / largest : 0));
}

/** Labels in the VOC palette over the picture; ignored pixels are white. */
export function labelOverlay(picture: Pixels, labels: ArrayLike<number>): Pixels {
  const colors = Array.from({ length: 255 }, (_, label) => [...vocPalette.subarray(3 * label, 3 * label + 3)]);
  colors.push([255, 255, 255]);
  const share = (i: number) => (labels[i] === 0 ? 0 : 0.65);
  return blend(picture, i => colors[labels[i]!]!, share);
}

/** The picture where patches are visible; dark and gray where they are hidden. */
export function visibleOverlay(picture: Pixels, hidden: ArrayLike<number>, patchSize: number): Pixels {
  const isHidden = patchesToPixels(hidden, picture, patchSize);
  const dark = blend(
    grayed(picture),
    () => [16, 16, 28],
    () => 0.78,
  );
  const at = (i: number) => [...dark.data.subarray(3 * i, 3 * i + 3)];
  return blend(picture, at, i => isHidden[i]!);
}

function blend(picture: Pixels, color: (i: number) => readonly number[], share: (i: number) => number): Pixels {
  const data = new Uint8Array(picture.data.length);
  for (let i = 0; i < picture.width * picture.height; i++) {
    const own = color(i);
    const weight = share(i);
    for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round((1 - weight) * picture.data[3 * i + c]! + weight * own[c]!);
  }
  return { ...picture, data };
}

function grayed(picture: Pixels): Pixels {
  const data = new Uint8Array(picture.data.length);
  for (let i = 0; i < data.length; i += 3)
    data.fill(Math.round(0.299 * picture.data[i]! + 0.587 * picture.data[i + 1]! + 0.114 * picture.data[i + 2]!), i, i + 3);
  return { ...picture, data };
}

// From dark violet over red to yellow, even in lightness.
const heatAnchors = [
  [20, 11, 52],
  [87, 16, 110],
  [161, 38, 99],
  [219, 73, 58],
  [249, 142, 9],
  [250, 250, 140],
];

/** The color of a value in [0, 1]. */
export function heatColor(value: number): number[] {
  const place = Math.min(Math.max(value || 0, 0), 1) * (heatAnchors.length - 1);
  const first = Math.min(Math.floor(place), heatAnchors.length - 2);
  const next = heatAnchors[first + 1]!;
  return heatAnchors[first]!.map((low, channel) => Math.round(low + (place - first) * (next[channel]! - low)));
}
