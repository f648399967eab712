import type { Picture } from '../dataset';

/** Brightness of a colour by ITU-R 601 (0.299, 0.587, 0.114 in 16 binary places), 0 … 255. */
export const luma = (red: number, green: number, blue: number): number => (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

/** All three channels replaced by the brightness. */
export function grayscale({ width, height, data }: Picture): Picture {
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) out[i] = out[i + 1] = out[i + 2] = luma(data[i]!, data[i + 1]!, data[i + 2]!);
  return { width, height, data: out };
}
