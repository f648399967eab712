import { crc32 } from 'node:zlib';

interface PngChunk {
  /** Four letters, for example IHDR. */
  type: string;
  data: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export const isPng = (bytes: Uint8Array) => bytes.length >= 8 && signature.every((byte, i) => bytes[i] === byte);

/**
 * The chunks of a PNG file up to IEND, each checked against its CRC (PNG specification, section 5). `data` are views into `bytes`.
 *
 * @throws Error saying what is damaged
 */
export function readPngChunks(bytes: Uint8Array): PngChunk[] {
  if (!isPng(bytes)) throw new Error('it is not a PNG file (wrong signature)');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: PngChunk[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw new Error('it is truncated: it ends without an IEND chunk');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (length > bytes.length - at - 12)
      throw new Error(`it is truncated: chunk ${type} announces ${length} bytes, ${bytes.length - at - 12} are left`);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw new Error(`chunk ${type} is damaged: its CRC does not match`);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    if (type === 'IEND') return chunks;
    at += 12 + length;
  }
}

/** A whole PNG file of the given chunks; IEND is added. */
export function writePngChunks(chunks: readonly PngChunk[]): Uint8Array {
  const parts = [...chunks, { type: 'IEND', data: new Uint8Array(0) }].map(({ type, data }) => {
    const part = Buffer.alloc(12 + data.length);
    part.writeUInt32BE(data.length);
    part.write(type, 4, 'latin1');
    part.set(data, 8);
    part.writeUInt32BE(crc32(part.subarray(4, 8 + data.length)), 8 + data.length);
    return part;
  });
  return Buffer.concat([signature, ...parts]);
}
