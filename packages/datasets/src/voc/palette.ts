/**
 * The colors of PASCAL VOC label images, 256 RGB triples: the bits of an index are dealt out in turn to red, green and blue,
 * the lowest three to each channel's highest bit, and so on. Index 0 is black, 1 dark red, 255 (ignore) cream.
 */
export const vocPalette: Uint8Array = /* @__PURE__ */ (() => {
  const palette = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index++)
    for (let bit = 0; bit < 8; bit++) palette[index * 3 + (bit % 3)]! |= ((index >> bit) & 1) << (7 - Math.floor(bit / 3));
  return palette;
})();
