import {
  decodeElements,
  decodeWideElements,
  type ElementType,
  elementBytes,
  elementCount,
  type NumericArray,
  type NumpyType,
  numpyType,
  type WideArray,
} from './elements.js';
import { type Refuse, refusal } from './file-format-error.js';
import { numpyRules, type ObjectArray } from './numpy-pickle.js';
import { latin1 } from './pickle/input.js';
import { unpickle } from './pickle/unpickle.js';
import { rowMajor } from './row-major.js';
import { readZip } from './zip.js';

const ADVICE = 'Save a plain array of numbers with numpy.save.';
const OBJECT_ADVICE = 'Only plain values and arrays of them are read. Save an array, or a dict of arrays, with numpy.save.';
const HEADER_LIMIT = 65_536;

/**
 * Reads a NumPy `.npy` file (format 1 to 3) of numbers or booleans. Arrays of Python objects are refused; see {@link parseObjectNpy}.
 *
 * Floats become float32 and integers int32; unsigned bytes and booleans stay bytes. Fortran order is rearranged. What needs no conversion
 * shares memory with `bytes` where its alignment permits.
 *
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the file is malformed, truncated, of a type that is not read, or holds an integer beyond 32 bits.
 */
export function parseNpy(bytes: Uint8Array, source = '.npy file'): NumericArray {
  const refuse = refusal(source, '.npy file', ADVICE);
  return readNpy(bytes, refuse, (type, content) => decodeElements(type, content, refuse));
}

/** Reads a NumPy `.npy` file as {@link parseNpy} does, but with integers beyond 32 bits, which then are bigints. */
export function parseWideNpy(bytes: Uint8Array, source = '.npy file'): WideArray {
  return readNpy(bytes, refusal(source, '.npy file', ADVICE), decodeWideElements);
}

function readNpy<T extends WideArray['data']>(bytes: Uint8Array, refuse: Refuse, decode: (type: ElementType, content: Uint8Array) => T) {
  const { type, shape, fortran, start } = readHeader(bytes, refuse);
  if (type === 'object') return refuse('its type |O means pickled Python objects, not numbers');
  const content = bytes.subarray(start);
  const length = elementCount(shape, refuse) * elementBytes[type];
  if (content.length !== length) refuse(`shape (${shape}) of ${type} needs ${length} bytes, it has ${content.length}`);
  const data = decode(type, content);
  return { shape, data: fortran ? rowMajor(data, shape) : data };
}

/** How the numbers of a `.npy` file are stored. @throws FileFormatError when its header is not valid. */
export function npyType(bytes: Uint8Array, source = '.npy file'): NumpyType {
  return readHeader(bytes, refusal(source, '.npy file', ADVICE)).type;
}

/**
 * How the numbers of an array in an archive are stored, or in words what it holds instead: its elements are text, dates, records, objects
 * or big-endian.
 *
 * @throws FileFormatError when its header is not valid.
 */
export function npyDescr(bytes: Uint8Array, source = '.npy file'): { type: ElementType } | string {
  const refuse = refusal(source, '.npy file', ADVICE);
  const { descr } = readFields(bytes, refuse);
  try {
    const type = numpyType(descr, refuse);
    return type === 'object' ? 'objects of Python' : { type };
  } catch {
    return `elements of type ${descr.slice(0, 40)}`;
  }
}

/**
 * Reads a NumPy `.npy` file of Python objects, which is a pickle, as data: nothing in it is executed. Known are None, booleans, numbers,
 * text, bytes, lists, tuples, dicts and NumPy arrays of these.
 *
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the file is malformed or truncated, names anything else of Python, or is built to exhaust memory.
 *
 * @example
 * const { values } = parseObjectNpy(bytes, 'cls_labels_onehot.npy'); // numpy.save(file, {'2007_000032': array([1., 0., …])})
 * const labels = values[0] as Map<string, NumericArray>;
 */
export function parseObjectNpy(bytes: Uint8Array, source = '.npy file'): ObjectArray {
  const refuse = refusal(source, '.npy file', OBJECT_ADVICE);
  const { type, start } = readHeader(bytes, refuse);
  if (type !== 'object') return refuse(`it holds numbers (${type}), not Python objects`);
  const array = unpickle(bytes, numpyRules, refuse, { start }).value as Partial<ObjectArray> | null;
  return Array.isArray(array?.values) ? (array as ObjectArray) : refuse('its pickle holds no array of objects');
}

/**
 * Reads a NumPy `.npz` file, compressed or not: arrays of numbers or booleans by name, as {@link parseNpy} reads each.
 *
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the file or one of its arrays is malformed, truncated or of a type that is not read.
 */
export function parseNpz(bytes: Uint8Array, source = '.npz file'): Map<string, NumericArray> {
  const refuse = refusal(source, '.npz file', 'Save arrays of numbers with numpy.savez.');
  const arrays = new Map<string, NumericArray>();
  for (const [name, entry] of readZip(bytes, refuse)) {
    if (!name.endsWith('.npy')) refuse(`it holds ${JSON.stringify(name.slice(0, 60))}, which is no array`);
    arrays.set(name.slice(0, -4), parseNpy(entry.read(), `${source}: ${name.slice(0, 200)}`));
  }
  return arrays;
}

function readHeader(bytes: Uint8Array, refuse: Refuse): { type: NumpyType; shape: number[]; fortran: boolean; start: number } {
  const { descr, ...fields } = readFields(bytes, refuse);
  return { type: numpyType(descr, refuse), ...fields };
}

function readFields(bytes: Uint8Array, refuse: Refuse): { descr: string; shape: number[]; fortran: boolean; start: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) refuse('it does not begin with \\x93NUMPY');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3 || bytes.length < 12) refuse(`its format ${version} is unknown`);
  const headerStart = version === 1 ? 10 : 12;
  const start = headerStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > Math.min(bytes.length, headerStart + HEADER_LIMIT)) refuse('its header is truncated');
  const header = latin1(bytes.subarray(headerStart, start));
  const shown = JSON.stringify(header.trim().slice(0, 60));
  const fields =
    /^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(((?:\d+, ?)*\d*)\),? ?\}\s*$/.exec(header) ??
    refuse(`its header ${shown} does not describe a plain array`);
  const shape = fields[3]!.split(',').map(Number);
  if (fields[3]!.trim().endsWith(',') || !fields[3]) shape.pop();
  return { descr: fields[1]!, shape, fortran: fields[2] === 'True', start };
}
