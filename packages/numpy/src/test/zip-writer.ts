import { crc32, deflateRawSync } from 'node:zlib';

export interface FileToZip {
  name: string;
  data: Uint8Array;
  deflate?: boolean;
  /** When `data` are deflated already: what they unpack to. */
  packedFrom?: { size: number; crc: number };
}

/** A zip archive, for tests; every file begins on a multiple of 64 bytes, as PyTorch writes it. */
export function zipOf(files: readonly FileToZip[], comment = ''): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflate, packedFrom } of files) {
    const content = deflate ? deflateRawSync(data) : data;
    const encoded = Buffer.from(name);
    const padding = (64 - ((offset + 30 + encoded.length) % 64)) % 64;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(deflate || packedFrom ? 8 : 0, 4);
    fields.writeUInt32LE(packedFrom?.crc ?? crc32(data), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(packedFrom?.size ?? data.length, 18);
    fields.writeUInt16LE(encoded.length, 22);
    const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, Buffer.alloc(14), encoded]);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry);
    fields.writeUInt16LE(padding, 24);
    parts.push(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, encoded, Buffer.alloc(padding), content]));
    offset += parts.at(-1)!.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return new Uint8Array(Buffer.concat([...parts, list, end, Buffer.from(comment, 'latin1')]));
}
