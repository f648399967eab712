import type { Picture } from '../dataset';

/** Left and right exchanged. */
export function mirror({ width, height, data }: Picture): Picture {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0, i = y * width * 3, o = (y * width + width - 1) * 3; x < width; x++, i += 3, o -= 3) {
      out[o] = data[i]!;
      out[o + 1] = data[i + 1]!;
      out[o + 2] = data[i + 2]!;
    }
  return { width, height, data: out };
}
