const zlib = globalThis.process?.getBuiltinModule?.('node:zlib');

/** Remainders of the 256 bytes by the polynomial of PNG and zip. */
const remainders = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/** The CRC of PNG (specification, annex D), 0 … 2³² − 1: Node's, or in browsers our own. */
export const crc32: (bytes: Uint8Array) => number = zlib?.crc32 ? bytes => zlib.crc32(bytes) : ownCrc32;

export function ownCrc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = remainders[(rest ^ byte) & 255]! ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}
