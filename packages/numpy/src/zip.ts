import type { Refuse } from './file-format-error.js';

/** A file inside a zip archive. */
export interface ZipEntry {
  /** Its size when unpacked, in bytes. */
  size: number;
  /** What the archive holds of it: a view. */
  packed: Uint8Array;
  /** Whether that is deflated, or the content as it is. */
  deflated: boolean;
  /** Permissions and kind as Unix has them; 0 where the archive does not tell. */
  mode: number;
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
  const uint16 = (at: number) => view.getUint16(at, true);
  const uint32 = (at: number) => view.getUint32(at, true);
  const uint64 = (at: number) => Number(view.getBigUint64(at, true));

  const end = findEnd(view, refuse);
  let [count, size, start] = [uint16(end + 10), uint32(end + 12), uint32(end + 16)];
  if (end >= 20 && uint32(end - 20) === END_64_LOCATOR) {
    const end64 = within(uint64(end - 20 + 8), 56, 'end record');
    if (uint32(end64) !== END_64) refuse('its end record is damaged');
    [count, size, start] = [uint64(end64 + 32), uint64(end64 + 40), uint64(end64 + 48)];
  }
  within(start, size, 'directory');
  if (count > size / 46) refuse(`its directory of ${size} bytes cannot list ${count} files`);

  const entries = new Map<string, ZipEntry>();
  const spans: { start: number; end: number; name: string }[] = [];
  let inflated = 64 * 2 ** 20 + 8 * bytes.length;
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > start + size || uint32(at) !== DIRECTORY_ENTRY) refuse(`entry ${i} of its directory is damaged`);
    const [flags, method, crc, mode] = [uint16(at + 8), uint16(at + 10), uint32(at + 16), uint16(at + 40)];
    const [nameLength, extraLength] = [uint16(at + 28), uint16(at + 30)];
    const next = at + 46 + nameLength + extraLength + uint16(at + 32);
    if (next > start + size) refuse(`entry ${i} of its directory is damaged`);
    const name = utf8.decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const shown = JSON.stringify(name.slice(0, 60));
    const fields = { size: uint32(at + 24), packed: uint32(at + 20), header: uint32(at + 42) };
    readLargeFields(view, at + 46 + nameLength, extraLength, fields);
    at = next;

    if (entries.has(name)) refuse(`it holds two files called ${shown}`);
    if (flags & 1) refuse(`${shown} in it is encrypted`);
    if (method !== 0 && method !== 8) refuse(`${shown} in it is packed by method ${method}; only stored and deflated files are read`);
    if (method === 0 && fields.size !== fields.packed) refuse(`${shown} in it has two sizes`);
    within(fields.header, 30, `file ${shown}`);
    if (uint32(fields.header) !== LOCAL_HEADER) refuse(`the beginning of ${shown} in it is damaged`);
    const content = fields.header + 30 + uint16(fields.header + 26) + uint16(fields.header + 28);
    within(content, fields.packed, `file ${shown}`);
    spans.push({ start: fields.header, end: content + fields.packed, name: shown });
    const packed = new Uint8Array(bytes.buffer, bytes.byteOffset + content, fields.packed);
    const deflated = method === 8;
    entries.set(name, {
      ...{ size: fields.size, packed, deflated, mode },
      read() {
        if (deflated && (inflated -= fields.size) < 0) refuse(`its files unpack to far more than they should`);
        const data = deflated ? inflate(packed, fields.size, shown, refuse) : packed;
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
