/** Pixels of one image: [height, width, channels] interleaved, channels any number from 1 (3 for RGB), on the scale of its σ (0..255). */
export type Pixels = Uint8Array | Uint8ClampedArray | Float32Array;

/** Standard deviations of the pixel features. */
export interface BilateralScale {
  /** Of the position, in pixels; [x, y] where they differ. */
  sigmaXy: number | readonly [number, number];
  /** Of the color, on the image's scale; one a channel where they differ. */
  sigmaRgb: number | readonly number[];
}

/** Features (x / σx, y / σy, c_1 / σ_1, …) of every pixel, or the position alone. */
export function pixelFeatures(
  width: number,
  height: number,
  sigmaXy: BilateralScale['sigmaXy'],
  image?: Pixels,
  sigmaRgb: BilateralScale['sigmaRgb'] = 1,
): { features: Float32Array; dimensions: number } {
  const pixels = width * height;
  const channels = image ? image.length / pixels : 0;
  if (image && (!Number.isInteger(channels) || channels === 0)) {
    throw new RangeError(`image has ${image.length} numbers, expected [${height}, ${width}, channels], such as ${pixels * 3} for RGB.`);
  }
  const [sx, sy] = typeof sigmaXy === 'number' ? [sigmaXy, sigmaXy] : sigmaXy;
  const colors = typeof sigmaRgb === 'number' ? new Array<number>(channels).fill(sigmaRgb) : sigmaRgb;
  if (colors.length !== channels)
    throw new RangeError(`sigmaRgb has ${colors.length} numbers, expected one for each of the image's ${channels} channels.`);
  for (const [name, sigma] of [['sigmaXy', sx], ['sigmaXy', sy], ...colors.map(c => ['sigmaRgb', c])] as [string, number][]) {
    if (!(sigma > 0 && Number.isFinite(sigma))) throw new RangeError(`${name} is ${sigma}, expected a number above 0.`);
  }
  const dimensions = 2 + channels;
  const features = new Float32Array(pixels * dimensions);
  const [xs, ys] = [Math.fround(sx), Math.fround(sy)];
  const cs = Float32Array.from(colors);
  let f = 0;
  let c = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      features[f++] = x / xs;
      features[f++] = y / ys;
      for (let k = 0; k < channels; k++) features[f++] = image![c++]! / cs[k]!;
    }
  }
  return { features, dimensions };
}

/** Pixels of a side of a tile. */
const tile = 32;

/** The pixels tile by tile: pixels close in the image, and the lattice points they touch, become close in memory. */
export function tileOrder(width: number, height: number): Uint32Array {
  const order = new Uint32Array(width * height);
  let n = 0;
  for (let top = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile) {
      for (let y = top; y < Math.min(top + tile, height); y++) {
        for (let x = left; x < Math.min(left + tile, width); x++) order[n++] = y * width + x;
      }
    }
  }
  return order;
}

/** @throws RangeError unless both are whole numbers from 1. */
export function requireSize(width: number, height: number): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`The image is ${width}×${height} pixels, expected whole numbers from 1.`);
  }
}

/** @throws RangeError on the first number that is NaN or infinite. */
export function requireFinite(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new RangeError(`${name}[${i}] is ${values[i]}, expected finite numbers.`);
  }
}
