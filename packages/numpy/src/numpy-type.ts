import type { ElementType } from './elements.js';
import type { Refuse } from './file-format-error.js';

/** How the elements of a NumPy array are stored: numbers, or pickled Python objects. */
export type NumpyType = ElementType | 'object';

const types: Readonly<Record<string, NumpyType>> = {
  ...{ f8: 'f64', f4: 'f32', f2: 'f16', i8: 'i64', i4: 'i32', i2: 'i16', i1: 'i8' },
  ...{ u8: 'u64', u4: 'u32', u2: 'u16', u1: 'u8', b1: 'bool', O: 'object', O8: 'object' },
};

/** The type of a NumPy description such as `<f4`, `|b1` or `O`. Big-endian numbers and other types (text, dates, records) are refused. */
export function numpyType(descr: string, refuse: Refuse): NumpyType {
  const [, order = '', name = ''] = /^([<>|=]?)(.*)$/s.exec(descr) ?? [];
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (!type) return refuse(`its type ${descr.slice(0, 40)} is not read`);
  return order === '>' ? refuse(`its numbers are big-endian (${descr})`) : type;
}
