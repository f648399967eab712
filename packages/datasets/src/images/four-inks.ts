import type { Picture } from '../dataset.js';

/** Whether a file is a JPEG of four inks (cyan, magenta, yellow, black). */
export function isJpegOfInks(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return false;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return false;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // filling
      continue;
    }
    // Starts of frames, but for the tables DHT, JPG and DAC.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) return bytes[at + 9] === 4;
    at += 2 + (bytes[at + 2]! << 8) + bytes[at + 3]!;
  }
  return false;
}

/** Whether a file begins as TIFF does. */
export function isTiff(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = bytes;
  return (first === 0x49 && second === 0x49 && third === 42 && fourth === 0) || (first === 0x4d && second === 0x4d && fourth === 42);
}

/**
 * Four inks (cyan, magenta, yellow, black; 0 is none) as red, green and blue, as PIL makes them: `(255 − black) · (255 − ink) / 255`,
 * rounded in PIL's way. No color profile is applied.
 *
 * @param size.channels of the pixels: what comes after the inks, transparency, is left out
 */
export function colorsOfInks(inks: Uint8Array, size: { width: number; height: number; channels: number }): Picture {
  const data = new Uint8Array(size.width * size.height * 3);
  for (let from = 0, to = 0; to < data.length; from += size.channels, to += 3) {
    const light = 255 - inks[from + 3]!;
    for (let c = 0; c < 3; c++) {
      const dark = light * inks[from + c]! + 128;
      data[to + c] = light - (((dark >> 8) + dark) >> 8);
    }
  }
  return { width: size.width, height: size.height, data };
}
