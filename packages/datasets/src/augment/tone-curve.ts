import type { Picture } from '../dataset';

/** Every byte of a picture replaced by what the curve makes of it, clamped to 0 … 255. */
export function applyToneCurve({ width, height, data }: Picture, curve: (value: number) => number): Picture {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => curve(value));
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = table[data[i]!]!;
  return { width, height, data: out };
}
