import { fromBfloat16, fromFloat16, toFloat16 } from './half-precision.js';

/** An array in host memory, row-major. Booleans are 0/1 in a Uint8Array. */
export interface HostTensor {
  shape: number[];
  data: Float32Array | Int32Array | Uint8Array;
}

/** Named tensors of a model, in the order of their file. */
export type StateDict = Map<string, HostTensor>;

export interface SafetensorsFile {
  tensors: StateDict;
  /** The free-form strings of the header's `__metadata__`. */
  metadata: Record<string, string>;
}

const HEADER_LIMIT = 100_000_000; // as in the reference implementation

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const widthOf: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 };

/**
 * Reads a safetensors file: an 8-byte header length, a JSON header, the data. Nothing in it is executed.
 *
 * F64, F16 and BF16 become float32; I64, I16 and I8 become int32; U8 and BOOL stay bytes.
 *
 * @param bytes The whole file.
 * @param source What errors call the file, usually its path.
 * @throws Error when the header is malformed, tensors overlap or leave gaps, or the file is truncated.
 *
 * @example
 * const { tensors } = parseSafetensors(await readFile('vit.safetensors'), 'vit.safetensors');
 * tensors.get('cls_token')?.shape; // [1, 1, 192]
 */
export function parseSafetensors(bytes: Uint8Array, source = 'safetensors file'): SafetensorsFile {
  const fail = (what: string): never => {
    throw new Error(`${source} is not a readable safetensors file: ${what}. Fetch or export it again.`);
  };
  if (bytes.byteLength < 8) fail(`it has ${bytes.byteLength} bytes, the header length alone needs 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > HEADER_LIMIT || 8 + headerLength > bytes.byteLength)
    fail(`its header claims ${headerLength} bytes, but only ${bytes.byteLength - 8} follow (truncated, or another format)`);
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)));
  } catch (error) {
    return fail(`its header is not JSON (${(error as Error).message})`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return fail('its header is not a JSON object');

  const { __metadata__, ...entries } = header as Record<string, Entry> & { __metadata__?: Record<string, string> | null };
  const metadata = __metadata__ ?? {};
  if (typeof metadata !== 'object' || Array.isArray(metadata) || Object.values(metadata).some(value => typeof value !== 'string'))
    return fail('its metadata are not an object of strings');
  const dataLength = bytes.byteLength - 8 - headerLength;
  const spans: [number, number, string][] = [];
  const tensors: StateDict = new Map();
  for (const [name, entry] of Object.entries(entries)) {
    const width = Object.hasOwn(widthOf, entry?.dtype) ? widthOf[entry.dtype] : undefined;
    if (width === undefined) return fail(`tensor ${name} has the unknown type ${JSON.stringify(entry?.dtype)}`);
    if (!Array.isArray(entry.shape) || !entry.shape.every(d => Number.isSafeInteger(d) && d >= 0))
      return fail(`tensor ${name} has no valid shape`);
    const [begin, end] = Array.isArray(entry.data_offsets) ? entry.data_offsets : [Number.NaN, Number.NaN];
    const count = entry.shape.reduce((product, d) => product * d, 1);
    if (!(Number.isSafeInteger(begin) && Number.isSafeInteger(end) && 0 <= begin && begin <= end && end <= dataLength))
      return fail(`tensor ${name} lies at bytes ${begin}–${end} of ${dataLength} bytes of data (truncated?)`);
    if (end - begin !== count * width)
      return fail(`tensor ${name} of shape [${entry.shape}] and type ${entry.dtype} needs ${count * width} bytes, not ${end - begin}`);
    spans.push([begin, end, name]);
    const start = 8 + headerLength + begin;
    tensors.set(name, {
      shape: entry.shape,
      data: decode(entry.dtype, Uint8Array.from(bytes.subarray(start, start + count * width)), name, fail),
    });
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let covered = 0;
  for (const [begin, end, name] of spans) {
    if (begin !== covered)
      return fail(
        `the data ${begin < covered ? 'of tensor' : 'before tensor'} ${name} ${begin < covered ? 'overlaps another' : 'belongs to none'}`,
      );
    covered = end;
  }
  if (covered !== dataLength) fail(`${dataLength - covered} bytes at its end belong to no tensor`);
  return { tensors, metadata };
}

function decode(dtype: string, bytes: Uint8Array, name: string, fail: (what: string) => never): HostTensor['data'] {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'I32':
      return new Int32Array(bytes.buffer);
    case 'F64':
      return new Float32Array(new Float64Array(bytes.buffer));
    case 'F16':
      return new Float32Array(new Uint16Array(bytes.buffer)).map(fromFloat16);
    case 'BF16':
      return new Float32Array(new Uint16Array(bytes.buffer)).map(fromBfloat16);
    case 'I16':
      return Int32Array.from(new Int16Array(bytes.buffer));
    case 'I8':
      return Int32Array.from(new Int8Array(bytes.buffer));
    case 'I64':
      return Int32Array.from(new BigInt64Array(bytes.buffer), value => {
        if (BigInt.asIntN(32, value) !== value) fail(`tensor ${name} holds ${value}, which does not fit into 32 bits`);
        return Number(value);
      });
    default:
      return bytes;
  }
}

/**
 * Writes tensors as a safetensors file. Float32Array → F32 (or F16), Int32Array → I32, Uint8Array → U8.
 *
 * @param tensors Names, shapes and values; written in this order.
 * @param options.metadata Free-form strings for the header.
 * @param options.float 'F16' stores float tensors in half precision (2 bytes a value, 11 significant bits).
 * @throws Error when a tensor's shape and number of values differ, or one is called `__metadata__`.
 */
export function serializeSafetensors(
  tensors: StateDict,
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
    const source = half ? Uint16Array.from(data, toFloat16) : data;
    const part = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    const dtype = half ? 'F16' : data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U8';
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
