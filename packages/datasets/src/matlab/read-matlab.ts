import { inflateSync } from 'node:zlib';

/** An array of a MATLAB file. `dimensions` are rows, columns, …; values are in MATLAB's order, column by column. */
export type MatlabArray = { dimensions: number[] } & (
  | { kind: 'numbers'; values: Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array }
  | { kind: 'struct'; elements: Map<string, MatlabArray>[] }
  /** Cells, sparse matrices, text, objects: there, but not read. */
  | { kind: 'other' }
);

/** How values are stored, by the numbers of the format's data types. */
const storage = {
  1: Int8Array,
  2: Uint8Array,
  3: Int16Array,
  4: Uint16Array,
  5: Int32Array,
  6: Uint32Array,
  7: Float32Array,
  9: Float64Array,
} as const;
const matrixType = 14;
const compressedType = 15;
const structClass = 2;
const numericClasses = { first: 6, last: 13 };
const mostBytes = 2 ** 28;
const mostNested = 16;

/**
 * Reads the variables of a MATLAB file of version 5 to 7.2 (what `save` writes unless told otherwise), compressed or not: numeric
 * arrays and structs. Nothing in it is executed, and every length is checked against what is there.
 *
 * @returns variables by name
 * @throws Error saying what is wrong, as a sentence that goes on after the file's name
 */
export function readMatlab(bytes: Uint8Array): Map<string, MatlabArray> {
  if (bytes.length === 0) throw new Error('the file is empty');
  const endian = Buffer.from(bytes.subarray(126, 128)).toString('latin1');
  if (Buffer.from(bytes.subarray(0, 128)).includes('MATLAB 7.3'))
    throw new Error('it is of MATLAB 7.3 (HDF5), which is not read; save it with -v7');
  if (bytes.length < 128 || (endian !== 'IM' && endian !== 'MI')) throw new Error('it is no MATLAB file of version 5 to 7.2');
  const variables = new Map<string, MatlabArray>();
  const file = new Elements(bytes, endian === 'IM', 128);
  while (!file.atEnd) {
    let element = file.next();
    if (element.type === compressedType) element = new Elements(inflate(element.data), file.littleEndian).next();
    if (element.type !== matrixType) continue;
    const { name, array } = readMatrix(new Elements(element.data, file.littleEndian), 0);
    variables.set(name, array);
  }
  return variables;
}

function inflate(data: Uint8Array): Uint8Array {
  try {
    return inflateSync(data, { maxOutputLength: mostBytes });
  } catch (error) {
    throw new Error(`its compressed data is damaged or truncated (${(error as Error).message})`, { cause: error });
  }
}

/** The data elements of a stretch of bytes, one after the other: a tag of type and length, data, padding to eight bytes. */
class Elements {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    readonly littleEndian: boolean,
    private at = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  next(): { type: number; data: Uint8Array } {
    if (this.at + 8 > this.bytes.length) throw new Error('it is truncated: an element is missing');
    const first = this.view.getUint32(this.at, this.littleEndian);
    const small = first >>> 16; // up to four bytes lie in the tag itself
    const type = small ? first & 0xffff : first;
    const length = small || this.view.getUint32(this.at + 4, this.littleEndian);
    const from = this.at + (small ? 4 : 8);
    if (length > this.bytes.length - from || (small && length > 4))
      throw new Error(`it is truncated: an element announces ${length} bytes, ${this.bytes.length - from} are left`);
    const padded = type === compressedType ? length : Math.ceil(length / 8) * 8;
    this.at = small ? this.at + 8 : from + padded;
    return { type, data: this.bytes.subarray(from, from + length) };
  }

  /** The numbers of the next element, in the type in which they are stored. */
  numbers(): (MatlabArray & { kind: 'numbers' })['values'] {
    const { type, data } = this.next();
    const Values = storage[type as keyof typeof storage];
    if (!Values) throw new Error(`it is damaged: expected numbers, found an element of type ${type}`);
    const size = Values.BYTES_PER_ELEMENT;
    if (data.length % size) throw new Error(`it is damaged: ${data.length} bytes are no whole count of ${size}-byte numbers`);
    const copy = new Uint8Array(data); // aligned
    if (!this.littleEndian && size > 1) copy.reverse();
    const values = new Values(copy.buffer);
    return !this.littleEndian && size > 1 ? values.reverse() : values;
  }

  text(): string {
    return Buffer.from(this.next().data).toString('latin1');
  }
}

/** One array: flags, dimensions, name, contents. An element without content is an empty array. */
function readMatrix(parts: Elements, depth: number): { name: string; array: MatlabArray } {
  if (parts.atEnd) return { name: '', array: { kind: 'other', dimensions: [0, 0] } };
  if (depth > mostNested) throw new Error('its structs are nested too deeply');
  const arrayClass = (parts.numbers()[0] ?? 0) & 0xff;
  const dimensions = [...parts.numbers()];
  const count = dimensions.reduce((product, size) => product * size, 1);
  if (dimensions.length < 2 || dimensions.some(size => !Number.isInteger(size) || size < 0) || count > mostBytes)
    throw new Error(`it is damaged: an array of ${dimensions.join('×')}`);
  const name = parts.text();
  if (arrayClass === structClass) return { name, array: { kind: 'struct', dimensions, elements: readStruct(parts, count, depth) } };
  if (arrayClass < numericClasses.first || arrayClass > numericClasses.last) return { name, array: { kind: 'other', dimensions } };
  const values = parts.numbers();
  if (values.length !== count)
    throw new Error(`it is damaged: ${name || 'an array'} of ${dimensions.join('×')} holds ${values.length} values`);
  return { name, array: { kind: 'numbers', dimensions, values } };
}

function readStruct(parts: Elements, count: number, depth: number): Map<string, MatlabArray>[] {
  const width = parts.numbers()[0] ?? 0;
  const names = parts.text();
  if (!Number.isInteger(width) || width < 1) throw new Error(`it is damaged: names of fields of ${width} bytes`);
  const fields = Array.from({ length: Math.floor(names.length / width) }, (_, i) =>
    names.slice(i * width, (i + 1) * width).replace(/\0.*$/s, ''),
  );
  if (fields.length === 0) return [];
  const elements: Map<string, MatlabArray>[] = [];
  for (let i = 0; i < count; i++) {
    const element = new Map<string, MatlabArray>();
    for (const field of fields) {
      const { type, data } = parts.next();
      if (type !== matrixType) throw new Error(`it is damaged: field ${field} is an element of type ${type}`);
      element.set(field, readMatrix(new Elements(data, parts.littleEndian), depth + 1).array);
    }
    elements.push(element);
  }
  return elements;
}
