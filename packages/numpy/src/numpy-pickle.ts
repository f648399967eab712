import { decodeElements, elementBytes, elementCount, type NumericArray, type NumpyType, numpyType } from './elements.js';
import { plainContents } from './pickle/nesting.js';
import { plainGlobals } from './pickle/plain-globals.js';
import type { PickleContext, PickleGlobal, PickleRules } from './pickle/unpickle.js';
import { rowMajor } from './row-major.js';

/** A NumPy array of Python objects, row-major. */
export interface ObjectArray {
  shape: number[];
  /** Plain values as `unpickle` gives them; arrays of numbers are {@link NumericArray}s, arrays of objects {@link ObjectArray}s. */
  values: unknown[];
}

/** An array while it is read: made empty, then given its state. */
class PickledArray {
  shape: number[] = [0];
  data?: NumericArray['data'] = new Float32Array(0);
  values?: unknown[];
}

class PickledType {
  bigEndian = false;
  constructor(readonly type: NumpyType) {}
}

const ndarray: PickleGlobal = {};

const reconstruct: PickleGlobal = {
  construct: ([kind], { refuse }) => (kind === ndarray ? new PickledArray() : refuse('it makes an array of another class than ndarray')),
  restore(array, state, context) {
    const [, shape, type, fortran, content] = Array.isArray(state) ? state : [];
    fill(array as PickledArray, shape, type, fortran === true, content, context);
  },
};

const dtype: PickleGlobal = {
  construct: ([name], { refuse }) =>
    new PickledType(typeof name === 'string' ? numpyType(name, refuse) : refuse('it describes a type by what is no text')),
  restore(type, state) {
    if (type instanceof PickledType && Array.isArray(state)) type.bigEndian = state[1] === '>';
  },
};

/** A single number, for example numpy.float64(0.5). */
const scalar: PickleGlobal = {
  construct: ([type, content], context) =>
    fill(new PickledArray(), [], type, false, content, context).data?.[0] ?? context.refuse('it holds a single object as a number'),
};

/** How protocol 5 writes arrays. */
const fromBuffer: PickleGlobal = {
  construct: ([content, type, shape, order], context) => fill(new PickledArray(), shape, type, order === 'F', content, context),
};

/** What pickles of plain Python values and NumPy arrays may name. */
export const numpyRules: PickleRules = {
  globals: new Map([
    ...plainGlobals,
    ['numpy.ndarray', ndarray],
    ['numpy.dtype', dtype],
    // numpy.core was renamed to numpy._core in NumPy 2.
    ...['numpy.core', 'numpy._core'].flatMap(
      core =>
        [
          [`${core}.multiarray._reconstruct`, reconstruct],
          [`${core}.multiarray.scalar`, scalar],
          [`${core}.numeric._frombuffer`, fromBuffer],
        ] as const,
    ),
  ]),
  contents: value => (value instanceof PickledArray ? (value.values ?? []) : plainContents(value)),
};

function fill(array: PickledArray, shape: unknown, type: unknown, fortran: boolean, content: unknown, { refuse, spend }: PickleContext) {
  if (!(type instanceof PickledType)) return refuse('an array in it has no type');
  const count = elementCount(shape, refuse);
  array.shape = [...(shape as number[])];
  if (type.type === 'object') {
    if (!Array.isArray(content) || content.length !== count || (fortran && array.shape.length > 1))
      return refuse('an array of objects in it is not a list of as many objects in C order');
    array.values = content;
    array.data = undefined;
    return array;
  }
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  const length = count * elementBytes[type.type];
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) return refuse(`an array in it does not have ${length} bytes`);
  if (type.bigEndian) refuse('an array in it is big-endian');
  spend(4 * count + 200);
  array.data = decodeElements(type.type, bytes, refuse);
  if (fortran) array.data = rowMajor(array.data, array.shape);
  return array;
}

/** Python 2 wrote bytes as text. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
