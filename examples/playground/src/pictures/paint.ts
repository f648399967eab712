import { vocPalette } from '@wsss/datasets/labels';
import type { Picture } from '@wsss/datasets/shapes';

/** The color of a label as CSS. */
export const cssColor = (label: number) => `rgb(${vocPalette.subarray(3 * label, 3 * label + 3).join(' ')})`;

/** What lies over a picture: RGB of a pixel, and how much of it, 0 … 1. */
export type Layer = (pixel: number) => readonly [red: number, green: number, blue: number, share: number];

/** Labels in their colors; background stays the picture, ignored pixels are white. */
export const labelLayer =
  (labels: ArrayLike<number>, opacity: number): Layer =>
  pixel => {
    const label = labels[pixel]!;
    if (label === 0) return [0, 0, 0, 0];
    return [vocPalette[3 * label]!, vocPalette[3 * label + 1]!, vocPalette[3 * label + 2]!, opacity];
  };

/** Values of 0 … 1 from dark violet to yellow; what is 0 leaves the picture as it is. */
export const heatLayer =
  (values: ArrayLike<number>, opacity: number): Layer =>
  pixel => {
    const value = Math.min(1, Math.max(0, values[pixel]!));
    return [255 * Math.min(1, 0.3 + value), 255 * value ** 1.5, 255 * 0.45 * (1 - value), opacity * (0.15 + 0.85 * value)];
  };

/** Draws a picture with layers over it, in its own size. */
export function paint(canvas: HTMLCanvasElement, { width, height, data }: Picture, ...layers: Layer[]): void {
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    let [red, green, blue] = [data[3 * pixel]!, data[3 * pixel + 1]!, data[3 * pixel + 2]!];
    for (const layer of layers) {
      const [r, g, b, share] = layer(pixel);
      red += share * (r - red);
      green += share * (g - green);
      blue += share * (b - blue);
    }
    image.data[4 * pixel] = red;
    image.data[4 * pixel + 1] = green;
    image.data[4 * pixel + 2] = blue;
    image.data[4 * pixel + 3] = 255;
  }
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

/** Values of the patches of a grid, as values of the pixels of a picture. */
export function patchesToPixels(
  values: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  { width, height }: Picture,
): Float32Array {
  const pixels = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++) pixels[at++] = values[row + Math.floor((x * columns) / width)]!;
  }
  return pixels;
}
