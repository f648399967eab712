import {
  decodeWideElements,
  type ElementType,
  elementBytes,
  elementCount,
  type Refuse,
  refusal,
  toFloat16s,
  type WideArray,
} from '@wsss/numpy';
import { repeatedKey } from './repeated-key.js';
import { keepTensor, noContent, type WeightsContent } from './weights-content.js';

/** About 80 000 tensors. The reference implementation allows 100 MB, which parsed could fill the memory. */
const HEADER_LIMIT = 8 * 2 ** 20;

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** By the names of the format, which are ours in capitals. */
const typeOf = new Map(Object.keys(elementBytes).map(type => [type.toUpperCase(), type as ElementType]));

/** Types of the format that are not read, with the bits of an element. */
const unreadBits = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['F8_E8M0', 8],
  ['C64', 64],
]);

/**
 * Reads a safetensors file: an 8-byte header length, a JSON header, the data. Nothing in it is executed.
 *
 * Floats (also those of 8 bits) become float32 and integers int32; tensors that these do not hold come apart, as int64. U8 and BOOL
 * stay bytes. F32, I32, U8 and BOOL are not copied where their alignment permits: these tensors share memory with `bytes`. Types that
 * are not read (F4, F6, F8_E8M0, C64) are left `opaque`.
 *
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the header is malformed or names a tensor twice, tensors overlap or leave gaps, or the file is truncated.
 *
 * @example
 * const { tensors } = parseSafetensors(await readFile('vit.safetensors'), 'vit.safetensors');
 * tensors.get('cls_token')?.shape; // [1, 1, 192]
 */
export function parseSafetensors(bytes: Uint8Array, source = 'safetensors file'): WeightsContent {
  const refuse = refusal(source, 'safetensors file', 'Fetch or export it again.');
  if (bytes.byteLength < 8) refuse(`it has ${bytes.byteLength} bytes, the header length alone needs 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (8 + headerLength > bytes.byteLength)
    refuse(`its header claims ${headerLength} bytes, but only ${bytes.byteLength - 8} follow (truncated, or another format)`);
  if (headerLength > HEADER_LIMIT) refuse(`its header has ${headerLength} bytes, more than ${HEADER_LIMIT}`);
  const { entries, metadata } = parseHeader(bytes.subarray(8, 8 + headerLength), refuse);

  const data = bytes.subarray(8 + headerLength);
  const spans: [begin: number, end: number, name: string][] = [];
  const content: WeightsContent = { ...noContent(), metadata };
  for (const [name, entry] of Object.entries(entries)) {
    const about: Refuse = what => refuse(`tensor ${name}: ${what}`);
    const type = typeOf.get(entry?.dtype);
    const bits = type ? 8 * elementBytes[type] : (unreadBits.get(entry?.dtype) ?? about(`unknown type ${JSON.stringify(entry?.dtype)}`));
    const { shape, data_offsets: offsets } = entry;
    const size = Math.ceil((elementCount(shape, about) * bits) / 8);
    const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : about('it has no pair of offsets');
    if (!(Number.isSafeInteger(begin) && Number.isSafeInteger(end) && 0 <= begin && begin <= end && end <= data.length))
      about(`it lies at bytes ${begin}–${end} of ${data.length} bytes of data (truncated?)`);
    if (end - begin !== size) about(`shape [${shape}] of ${entry.dtype} needs ${size} bytes, not ${end - begin}`);
    spans.push([begin, end, name]);
    if (type) keepTensor(content, name, { shape, data: decodeWideElements(type, data.subarray(begin, end)) }, type);
    else content.opaque.set(name, `${entry.dtype} of shape [${shape}]`);
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let covered = 0;
  for (const [begin, end, name] of spans) {
    if (begin < covered) refuse(`the data of tensor ${name} overlaps another`);
    if (begin > covered) refuse(`the data before tensor ${name} belongs to none`);
    covered = end;
  }
  if (covered !== data.length) refuse(`${data.length - covered} bytes at its end belong to no tensor`);
  return content;
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): { entries: Record<string, Entry>; metadata: Record<string, string> } {
  let header: Record<string, unknown>;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    return refuse(`its header is not JSON (${(error as Error).message})`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return refuse('its header is not a JSON object');
  const twice = repeatedKey(text);
  if (twice !== undefined) refuse(`its header names ${JSON.stringify(twice.slice(0, 100))} twice`);
  const { __metadata__, ...entries } = header as Record<string, Entry> & { __metadata__?: Record<string, string> | null };
  const metadata = __metadata__ ?? {};
  if (typeof metadata !== 'object' || Array.isArray(metadata) || Object.values(metadata).some(value => typeof value !== 'string'))
    refuse('its metadata are not an object of strings');
  return { entries, metadata };
}

const storedTypes = new Map<unknown, string>([
  [Float32Array, 'F32'],
  [Int32Array, 'I32'],
  [Uint8Array, 'U8'],
  [BigInt64Array, 'I64'],
  [BigUint64Array, 'U64'],
]);

/**
 * Writes tensors as a safetensors file, in their order. Float32Array → F32 (or F16), Int32Array → I32, Uint8Array → U8, BigInt64Array →
 * I64, BigUint64Array → U64.
 *
 * @param options.metadata Free-form strings for the header.
 * @param options.float 'F16' stores float tensors in half precision (2 bytes a value, 11 significant bits).
 * @throws Error when a tensor's shape and number of values differ, or one is called `__metadata__`.
 */
export function serializeSafetensors(
  tensors: ReadonlyMap<string, WideArray>,
  options: { metadata?: Record<string, string>; float?: 'F32' | 'F16' } = {},
): Uint8Array {
  const { metadata, float = 'F32' } = options;
  const header = new Map<string, Entry | Record<string, string>>();
  if (metadata && Object.keys(metadata).length) header.set('__metadata__', metadata);
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__') throw new Error('serializeSafetensors: no tensor can be called __metadata__, rename it');
    const count = shape.reduce((product, d) => product * d, 1);
    if (count !== data.length)
      throw new Error(`serializeSafetensors: tensor ${name} of shape [${shape}] needs ${count} values, got ${data.length}`);
    const half = data instanceof Float32Array && float === 'F16';
    const source = half ? toFloat16s(data) : data;
    const part = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    const dtype = half ? 'F16' : (storedTypes.get(data.constructor) ?? 'U8'); // a Buffer of Node is one of bytes
    header.set(name, { dtype, shape: [...shape], data_offsets: [offset, offset + part.byteLength] });
    parts.push(part);
    offset += part.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8; // the data starts on a multiple of 8
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, 8);
  let position = 8 + padded;
  for (const part of parts) {
    file.set(part, position);
    position += part.byteLength;
  }
  return file;
}
