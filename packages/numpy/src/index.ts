export {
  decodeElements,
  decodeWideElements,
  type ElementType,
  elementBytes,
  elementCount,
  isWide,
  type NumericArray,
  type NumpyType,
  type WideArray,
} from './elements.js';
export { FileFormatError, type Refuse, refusal } from './file-format-error.js';
export { float16Values, fromBfloat16s, fromFloat16s, toFloat16s } from './half-precision.js';
export { npyDescr, npyType, parseNpy, parseNpz, parseObjectNpy, parseWideNpy } from './npy.js';
export type { ObjectArray } from './numpy-pickle.js';
export { OpaqueObject } from './pickle/opaque.js';
export { plainGlobals } from './pickle/plain-globals.js';
export { type PickleContext, type PickleGlobal, type PickleLimits, type PickleRules, unpickle } from './pickle/unpickle.js';
export { readWholeFile } from './read-whole-file.js';
export { gather } from './row-major.js';
export { serializeNpy } from './serialize-npy.js';
export { readZip, type ZipEntry } from './zip.js';
