import { crc32 } from './crc32.js';

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
  const all = [...chunks, { type: 'IEND', data: new Uint8Array(0) }];
  const file = new Uint8Array(all.reduce((sum, { data }) => sum + 12 + data.length, signature.length));
  const view = new DataView(file.buffer);
  file.set(signature);
  let at = signature.length;
  for (const { type, data } of all) {
    view.setUint32(at, data.length);
    for (let i = 0; i < 4; i++) file[at + 4 + i] = type.charCodeAt(i);
    file.set(data, at + 8);
    view.setUint32(at + 8 + data.length, crc32(file.subarray(at + 4, at + 8 + data.length)));
    at += 12 + data.length;
  }
  return file;
}
