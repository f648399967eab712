import type { Refuse } from './file-format-error.js';

/** A file inside a zip archive. */
export interface ZipEntry {
  /** Its size when unpacked, in bytes. */
  size: number;
  /** Its content, checked against its CRC: a view of the archive where it is stored, unpacked where it is compressed. */
  read(): Uint8Array;
}

const END = 0x06054b50;
const END_64_LOCATOR = 0x07064b50;
const END_64 = 0x06064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;

/**
 * The files inside a zip archive (PKWARE's APPNOTE, with zip64), by name: stored or deflated, neither encrypted nor in several parts.
 *
 * All bounds are checked, and entries may not overlap, so that unpacking cannot give more than the sizes that the archive states; what is
 * compressed may unpack to 64 MiB and 8 times the archive altogether.
 */
export function readZip(bytes: Uint8Array, refuse: Refuse): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const within = (start: number, length: number, what: string) => {
    if (!(start >= 0 && length >= 0 && start + length <= bytes.length))
      refuse(`its ${what} lies outside of its ${bytes.length} bytes (truncated?)`);
    return start;
  };
  const uint64 = (at: number) => Number(view.getBigUint64(at, true));

  const end = findEnd(view, refuse);
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let start = view.getUint32(end + 16, true);
  if (end >= 20 && view.getUint32(end - 20, true) === END_64_LOCATOR) {
    const end64 = within(uint64(end - 20 + 8), 56, 'end record');
    if (view.getUint32(end64, true) !== END_64) refuse('its end record is damaged');
    [count, size, start] = [uint64(end64 + 32), uint64(end64 + 40), uint64(end64 + 48)];
  }
  within(start, size, 'directory');
  if (count > size / 46) refuse(`its directory of ${size} bytes cannot list ${count} files`);

  const entries = new Map<string, ZipEntry>();
  const spans: { start: number; end: number; name: string }[] = [];
  let inflated = 64 * 2 ** 20 + 8 * bytes.length;
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > start + size || view.getUint32(at, true) !== DIRECTORY_ENTRY) refuse(`entry ${i} of its directory is damaged`);
    const [flags, method, crc] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map(field => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    if (at + 46 + nameLength + extraLength + commentLength > start + size) refuse(`entry ${i} of its directory is damaged`);
    const name = utf8.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const shown = JSON.stringify(name.slice(0, 60));
    const fields = { size: view.getUint32(at + 24, true), packed: view.getUint32(at + 20, true), header: view.getUint32(at + 42, true) };
    readLargeFields(view, at + 46 + nameLength, extraLength, fields);
    at += 46 + nameLength + extraLength + commentLength;

    if (entries.has(name)) refuse(`it holds two files called ${shown}`);
    if (flags & 1) refuse(`${shown} in it is encrypted`);
    if (method !== 0 && method !== 8) refuse(`${shown} in it is packed by method ${method}; only stored and deflated files are read`);
    if (method === 0 && fields.size !== fields.packed) refuse(`${shown} in it has two sizes`);
    within(fields.header, 30, `file ${shown}`);
    if (view.getUint32(fields.header, true) !== LOCAL_HEADER) refuse(`the beginning of ${shown} in it is damaged`);
    const content = fields.header + 30 + view.getUint16(fields.header + 26, true) + view.getUint16(fields.header + 28, true);
    within(content, fields.packed, `file ${shown}`);
    spans.push({ start: fields.header, end: content + fields.packed, name: shown });
    entries.set(name, {
      size: fields.size,
      read() {
        let data = new Uint8Array(bytes.buffer, bytes.byteOffset + content, fields.packed);
        if (method === 8) {
          if ((inflated -= fields.size) < 0) refuse(`its files unpack to far more than they should`);
          data = inflate(data, fields.size, shown, refuse);
        }
        if (checksum && checksum(data) !== crc) refuse(`${shown} in it is damaged: its checksum is wrong`);
        return data;
      },
    });
  }
  spans.sort((a, b) => a.start - b.start);
  spans.forEach((span, i) => {
    if (span.end > (spans[i + 1]?.start ?? start)) refuse(`${span.name} in it overlaps what follows`);
  });
  return entries;
}

const utf8 = new TextDecoder();

// Taken this way, Node's zlib is no import that a program for browsers would have to resolve. There, checksums are not verified.
const zlib = globalThis.process?.getBuiltinModule?.('node:zlib');
const checksum = zlib?.crc32 as ((data: Uint8Array) => number) | undefined;

function inflate(data: Uint8Array, size: number, name: string, refuse: Refuse): Uint8Array {
  if (!zlib) return refuse(`${name} in it is compressed, which is read in Node only`);
  try {
    const unpacked = zlib.inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
    if (unpacked.length === size) return new Uint8Array(unpacked.buffer, unpacked.byteOffset, size);
  } catch {
    // Damaged data and data longer than stated are refused alike.
  }
  return refuse(`${name} in it does not unpack to ${size} bytes`);
}

/** The record at the end, which may be followed by a comment of up to 64 kB. */
function findEnd(view: DataView, refuse: Refuse): number {
  for (let at = view.byteLength - 22; at >= 0 && at >= view.byteLength - 22 - 0xffff; at--)
    if (view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === view.byteLength) return at;
  return refuse('it has no directory at its end (truncated?)');
}

/** Fields of 2³²−1 in a directory entry stand for 64-bit ones in its extra field 1, in this order. */
function readLargeFields(view: DataView, start: number, length: number, fields: { size: number; packed: number; header: number }): void {
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), start + length);
    let next = at + 4;
    for (const field of ['size', 'packed', 'header'] as const)
      if (fields[field] === 0xffffffff && next + 8 <= end) {
        fields[field] = Number(view.getBigUint64(next, true));
        next += 8;
      }
  }
}
