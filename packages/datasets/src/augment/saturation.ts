import type { Picture } from '../dataset';
import { blend } from './blend';
import { luma } from './grayscale';

/** Blends each pixel with its own grey. @param factor 1 = unchanged, 0 = grey */
export function adjustSaturation({ width, height, data }: Picture, factor: number): Picture {
  const single = Math.fround(factor);
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const grey = luma(data[i]!, data[i + 1]!, data[i + 2]!);
    for (let c = i; c < i + 3; c++) out[c] = blend(grey, data[c]!, single);
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}
