export { decodeElements, type ElementType, elementBytes, elementCount, type NumericArray } from './elements.js';
export { FileFormatError, type Refuse, refusal } from './file-format-error.js';
export { fromBfloat16, fromBfloat16s, fromFloat16, fromFloat16s, toFloat16 } from './half-precision.js';
export { npyType, parseNpy, parseObjectNpy } from './npy.js';
export { parseNpz } from './npz.js';
export type { ObjectArray } from './numpy-pickle.js';
export type { NumpyType } from './numpy-type.js';
export { type PickleContext, type PickleGlobal, type PickleLimits, type PickleRules, unpickle } from './pickle/unpickle.js';
export { readZip, type ZipEntry } from './zip.js';
