import fc from 'fast-check';

/** A valid file as segments that can be damaged one by one, and how they become a file again: with lengths and checksums that fit. */
export interface Seed {
  parts: readonly Uint8Array[];
  assemble: (parts: readonly Uint8Array[]) => Uint8Array;
}

/** A file that is damaged as it is. */
export const whole = (bytes: Uint8Array): Seed => ({ parts: [bytes], assemble: ([only]) => only! });

type Edit = (bytes: Uint8Array) => Uint8Array;

/** A kind of damage, at a place that is near the beginning, near the end, or anywhere. */
function edit<T>(drawn: fc.Arbitrary<T>, damage: (bytes: Uint8Array, at: number, drawn: T) => Uint8Array): fc.Arbitrary<Edit> {
  return fc.tuple(place, drawn).map(
    ([where, value]): Edit =>
      bytes =>
        damage(bytes, position(bytes, where), value),
  );
}
const place = fc.oneof(
  fc.nat(400),
  fc.nat(100).map(back => -1 - back),
  fc.nat(),
);
const position = ({ length }: Uint8Array, where: number) => (where < 0 ? Math.max(0, length + where) : where % Math.max(1, length));

/** Puts bytes in the place of some. */
const splice = (bytes: Uint8Array, start: number, removed: number, added: Uint8Array = new Uint8Array()) =>
  new Uint8Array(Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]));
const overwrite = (bytes: Uint8Array, start: number, values: Uint8Array) =>
  splice(bytes, start, values.length, values.subarray(0, bytes.length - start));

const flip = edit(fc.nat(7), (bytes, at, bit) => overwrite(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << bit))));
const set = edit(fc.oneof(fc.constantFrom(0, 1, 0x28, 0x2e, 0x52, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xff), fc.nat(255)), (bytes, at, value) =>
  overwrite(bytes, at, Uint8Array.of(value)),
);
/** Lengths, counts and offsets at the edges of what fits. */
const number = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n - 1n),
  fc.bigInt({ min: -4n, max: 4096n }),
);
const integer = edit(fc.tuple(number, fc.constantFrom(2, 4, 8), fc.boolean()), (bytes, at, [value, width, little]) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64LE(value);
  return overwrite(bytes, at, little ? buffer.subarray(0, width) : buffer.subarray(0, width).reverse());
});
const truncate = edit(fc.constant(0), (bytes, at) => bytes.slice(0, at));
const remove = edit(fc.nat(40), splice);
const words = [
  '-1',
  '1e999',
  '9007199254740993',
  '99999999999999999999',
  'null',
  '[]',
  '{}',
  '"',
  '\\u0000',
  '__proto__',
  'NaN',
  '-0',
  '0.5',
  'cos\nsystem\n',
  '['.repeat(5000),
  '('.repeat(5000),
  ']'.repeat(500),
].map(word => Buffer.from(word));
const insert = edit(fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.constantFrom(...words)), (bytes, at, added) =>
  splice(bytes, at, 0, added),
);
const copy = edit(fc.tuple(place, fc.nat(200)), (bytes, to, [from, length]) => {
  const start = position(bytes, from);
  return splice(bytes, to, 0, bytes.subarray(start, start + length));
});
const anyEdit = fc.oneof(
  { weight: 3, arbitrary: flip },
  { weight: 3, arbitrary: set },
  { weight: 4, arbitrary: integer },
  truncate,
  remove,
  insert,
  copy,
);

/** Files that come from one of these valid ones by up to six damages. */
export function damaged(seeds: readonly Seed[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.nat(seeds.length - 1), fc.array(fc.tuple(fc.nat(), anyEdit), { minLength: 1, maxLength: 6 })).map(([which, edits]) => {
    const { parts, assemble } = seeds[which]!;
    const now = [...parts];
    for (const [part, change] of edits) now[part % now.length] = change(now[part % now.length]!);
    return assemble(now);
  });
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** JSON texts that come from a valid one by up to four values, anywhere in it, that are replaced, removed or added. */
export function changedJson(text: string): fc.Arbitrary<Uint8Array> {
  const value = fc.oneof(
    fc.constantFrom<Json>(null, true, 0, -1, 0.5, 65_535, 1e300, 2 ** 53, '', 'x', '__proto__', [], {}, { toString: true }, [[]], [0]),
    fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  );
  const key = fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'id', 'size', 'counts', 'x');
  const change = fc.tuple(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), fc.constantFrom('replace', 'remove', 'add'), key, value);
  return fc.array(change, { minLength: 1, maxLength: 4 }).map(changes => {
    const root = JSON.parse(text) as { [key: string]: Json };
    for (const [path, kind, name, added] of changes) {
      const replacement = structuredClone(added);
      let here: Json[] | { [key: string]: Json } = root;
      for (const [i, step] of path.entries()) {
        const keys: string[] = Object.keys(here);
        if (!keys.length) break;
        const chosen = keys[step % keys.length]! as never;
        const inside = here[chosen] as Json;
        if (i < path.length - 1 && typeof inside === 'object' && inside !== null) here = inside;
        else {
          if (kind === 'remove') delete here[chosen];
          else if (kind === 'replace') here[chosen] = replacement as never;
          else if (Array.isArray(here)) here.push(replacement);
          else Object.defineProperty(here, name, { value: replacement, enumerable: true, configurable: true, writable: true });
          break;
        }
      }
    }
    return new Uint8Array(Buffer.from(JSON.stringify(root)));
  });
}
