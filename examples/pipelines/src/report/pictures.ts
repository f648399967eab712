import { vocPalette } from '@wsss/datasets';
import sharp from 'sharp';

/** RGB pixels, row-major. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

/** A picture as a data URI, enlarged to at least `least` pixels wide without smoothing so that pixels and patches can be seen. */
export async function toDataUri({ width, height, data }: Pixels, least = 144): Promise<string> {
  const factor = Math.max(1, Math.ceil(least / width));
  const image = sharp(data, { raw: { width, height, channels: 3 } }).resize(width * factor, height * factor, { kernel: 'nearest' });
  const encoded = await (width * height > 40_000 ? image.jpeg({ quality: 85 }) : image.png()).toBuffer();
  return `data:image/${width * height > 40_000 ? 'jpeg' : 'png'};base64,${encoded.toString('base64')}`;
}

/** A heat map over a greyed picture: blue is 0, red is 1. */
export function heatOverlay(picture: Pixels, heat: ArrayLike<number>): Pixels {
  return blend(
    picture,
    i => heatColour(heat[i]!),
    () => 0.6,
  );
}

/** Labels in the VOC palette over the picture; ignored pixels are white. */
export function labelOverlay(picture: Pixels, labels: ArrayLike<number>): Pixels {
  return blend(
    picture,
    i => (labels[i] === 255 ? [255, 255, 255] : ([...vocPalette.subarray(3 * labels[i]!, 3 * labels[i]! + 3)] as [number, number, number])),
    i => (labels[i] === 0 ? 0 : 0.65),
  );
}

/** The picture where patches are visible, darkened where they are hidden. */
export function visibleOverlay(picture: Pixels, hidden: ArrayLike<number>, columns: number, patchSize: number): Pixels {
  const isHidden = (i: number) =>
    hidden[Math.floor(Math.floor(i / picture.width) / patchSize) * columns + Math.floor((i % picture.width) / patchSize)];
  return blend(
    picture,
    () => [24, 24, 32],
    i => (isHidden(i) ? 0.88 : 0),
  );
}

function blend(picture: Pixels, colour: (i: number) => readonly [number, number, number], share: (i: number) => number): Pixels {
  const data = new Uint8Array(picture.data.length);
  for (let i = 0; i < picture.width * picture.height; i++) {
    const own = colour(i);
    const weight = share(i);
    for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round((1 - weight) * picture.data[3 * i + c]! + weight * own[c]!);
  }
  return { ...picture, data };
}

function heatColour(value: number): [number, number, number] {
  const v = Math.min(Math.max(value, 0), 1);
  const channel = (centre: number) => Math.round(255 * Math.min(Math.max(1.5 - Math.abs(4 * v - centre), 0), 1));
  return [channel(3), channel(2), channel(1)];
}
