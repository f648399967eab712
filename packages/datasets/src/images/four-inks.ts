import type { Picture } from '../dataset.js';

/** How a JPEG file stores its colors, as far as files of four inks need it; undefined if the file is no JPEG. */
export function jpegInks(bytes: Uint8Array): { inks: number; adobe: boolean } | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  let adobe = false;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // filling
      continue;
    }
    // Starts of frames, but for the tables DHT, JPG and DAC.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) return { inks: bytes[at + 9]!, adobe };
    if (marker === 0xee && Buffer.from(bytes.buffer, bytes.byteOffset + at + 4, 5).toString('latin1') === 'Adobe') adobe = true;
    at += 2 + (bytes[at + 2]! << 8) + bytes[at + 3]!;
  }
  return undefined;
}

/**
 * Four inks (cyan, magenta, yellow, black; 0 is none) as red, green and blue, as PIL makes them: `(255 − black) · (255 − ink) / 255`,
 * rounded in PIL's way. No color profile is applied.
 *
 * @param inverted 0 is all of an ink
 */
export function colorsOfInks(inks: Uint8Array, size: { width: number; height: number }, inverted: boolean): Picture {
  const data = new Uint8Array(size.width * size.height * 3);
  const flip = inverted ? 255 : 0;
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const light = 255 - (inks[from + 3]! ^ flip);
    for (let c = 0; c < 3; c++) {
      const dark = light * (inks[from + c]! ^ flip) + 128;
      data[to + c] = light - (((dark >> 8) + dark) >> 8);
    }
  }
  return { width: size.width, height: size.height, data };
}
