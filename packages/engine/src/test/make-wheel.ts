import { createHash } from 'node:crypto';

/** The bytes of a small Python wheel: a zip archive, not compressed, with a list of checksums. */
export function makeWheel(contents: Record<string, string>, record?: string): Buffer {
  const sum = (text: string) => createHash('sha256').update(text).digest('base64url');
  const list = Object.entries(contents).map(([name, text]) => `${name},sha256=${sum(text)},${text.length}`);
  const files = Object.entries({ ...contents, 'tensorflow-1.dist-info/RECORD': record ?? list.join('\n') });
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of files) {
    const sizes = [0, text.length, text.length, name.length]; // checksum (not looked at), compressed, uncompressed, name
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    sizes.forEach((size, i) => {
      local[i === 3 ? 'writeUInt16LE' : 'writeUInt32LE'](size, 14 + 4 * i);
      central[i === 3 ? 'writeUInt16LE' : 'writeUInt32LE'](size, 16 + 4 * i);
    });
    central.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), Buffer.from(text));
    directory.push(central, Buffer.from(name));
    offset += 30 + name.length + text.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
