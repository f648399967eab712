/** A pickle of these instructions, for tests: numbers are bytes, text is its UTF-8 bytes. */
export function pickleOf(...parts: readonly (number | string | ArrayLike<number>)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat([0x80, 2, ...parts, 0x2e].map(part => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as string)))),
  );
}

/** An instruction that pushes a text. */
export const text = (value: string): number[] => [0x8c, new TextEncoder().encode(value).length, ...new TextEncoder().encode(value)];
/** An instruction that pushes what Python calls by this name. */
export const global = (module: string, name: string): number[] => [...new TextEncoder().encode(`c${module}\n${name}\n`)];

export const EMPTY_LIST = 0x5d;
export const EMPTY_DICT = 0x7d;
export const EMPTY_TUPLE = 0x29;
export const MARK = 0x28;
export const APPEND = 0x61;
export const APPENDS = 0x65;
export const SETITEM = 0x73;
export const TUPLE1 = 0x85;
export const TUPLE2 = 0x86;
export const NONE = 0x4e;
export const POP = 0x30;
export const DUP = 0x32;
export const REDUCE = 0x52;
export const BUILD = 0x62;
export const MEMOIZE = 0x94;
export const BINGET = (index: number): number[] => [0x68, index];
