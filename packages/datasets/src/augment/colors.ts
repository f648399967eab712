import { inPlace, onPicture } from './pixel-memory.js';

// Each change of colors is a step in memory, and made of it a function of pictures.

// PIL's enhancements blend a value with a degenerate one: d + factor · (value − d) in single precision, rounded towards 0.

export const brighten = (factor: number) =>
  inPlace((memory, pixels, count) => memory.call('blendWith', { pixels, count, degenerate: 0, factor }));

export const changeContrast = (factor: number) =>
  inPlace((memory, pixels, count) => {
    const mean = Math.floor(memory.call('sumOfLumas', { pixels, count }) / count + 0.5);
    memory.call('blendWith', { pixels, count, degenerate: mean, factor });
  });

export const saturate = (factor: number) => inPlace((memory, pixels, count) => memory.call('blendWithGray', { pixels, count, factor }));

export const desaturate = saturate(0);

/** Blends with black. Its argument is a factor ≥ 0: 1 = unchanged, 0 = black. */
export const adjustBrightness = onPicture(brighten);

/** Blends with the picture's mean gray. Its argument is a factor ≥ 0: 1 = unchanged, 0 = uniform gray. */
export const adjustContrast = onPicture(changeContrast);

/** Blends each pixel with its own gray (ITU-R 601). Its argument is a factor ≥ 0: 1 = unchanged, 0 = gray. */
export const adjustSaturation = onPicture(saturate);

/** All three channels replaced by the brightness by ITU-R 601: 0.299, 0.587, 0.114 in 16 binary places. */
export const grayscale = onPicture(() => desaturate);

export const invertBright = (threshold = 128) =>
  inPlace((memory, bytes, count) => {
    if (threshold <= 255) memory.call('invertFrom', { bytes, length: count * 3, threshold: Math.max(0, Math.ceil(threshold)) });
  });

/** Values from a threshold on are inverted (255 − value). Its argument is the threshold, 0 … 255, default 128. */
export const solarize = onPicture(invertBright);

export const turnHue = (turn: number) =>
  inPlace((memory, pixels, count) => {
    const shift = Math.trunc(turn * 255);
    memory.scope(() => memory.call('turnHue', { pixels, count, shift, ...memory.putTables((tables ??= makeTables())) }));
  });

/**
 * Turns the color circle: hue, saturation and value in 8 bits each (PIL's HSV, 255 steps around the circle), the hue moved on by
 * ⌊255 · turn⌋ modulo 256. The way through 8-bit HSV costs a little precision even when nothing is turned, as it does in PIL.
 * Its argument is the turn, −0.5 … 0.5 of the circle.
 */
export const adjustHue = onPicture(turnHue);

let tables: ReturnType<typeof makeTables> | undefined;

/** What the kernel looks up. Single precision where PIL has it. */
function makeTables() {
  // 8-bit hue (0 red, 85 green, 170 blue) by sextant, chroma, and distance of the middle channel from the highest.
  const hues = new Uint8Array(6 << 16);
  for (let chroma = 1; chroma < 256; chroma++)
    for (let distance = 0; distance <= chroma; distance++) {
      const middle = Math.fround(distance / chroma); // the lowest channel's is 1, the highest one's 0
      const sixths = [1 - middle, middle - 1, 2 + middle - 1, 2 + 1 - middle, 4 + middle - 1, 4 + 1 - middle];
      sixths.forEach((value, sextant) => {
        const circle = Math.fround(value) / 6 + 1;
        hues[(sextant << 16) | (chroma << 8) | distance] = Math.trunc(Math.fround(circle >= 1 ? circle - 1 : circle) * 255);
      });
    }
  const saturations = Uint8Array.from({ length: 65_536 }, (_, i) => ((i & 255) > 0 ? (255 * (i >> 8)) / (i & 255) : 0));
  // Of each hue: which sixth of the circle it lies in, and how far into it.
  const sectors = Uint8Array.from({ length: 256 }, (_, hue) => (hue * 6) / 255);
  const fractions = Float32Array.from({ length: 256 }, (_, hue) => (hue * 6) / 255 - sectors[hue]!);
  const purities = Float32Array.from({ length: 256 }, (_, saturation) => saturation / 255);
  return { hues, saturations, fractions, purities, sectors };
}
