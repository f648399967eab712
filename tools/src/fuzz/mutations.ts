import fc from 'fast-check';

/** A valid file as segments that can be damaged one by one, and how they become a file again: with lengths and checksums that fit. */
export interface Seed {
  parts: readonly Uint8Array[];
  assemble: (parts: readonly Uint8Array[]) => Uint8Array;
}

/** A file that is damaged as it is. */
export const whole = (bytes: Uint8Array): Seed => ({ parts: [bytes], assemble: ([only]) => only! });

type Edit = (bytes: Uint8Array) => Uint8Array;

/** Near the beginning, near the end, or anywhere. */
const place = fc.oneof(
  fc.nat(400),
  fc.nat(100).map(back => -1 - back),
  fc.nat(),
);
const at = (bytes: Uint8Array, where: number) => {
  if (bytes.length === 0) return 0;
  return where < 0 ? Math.max(0, bytes.length + where) : where % bytes.length;
};
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const flip = fc.tuple(place, fc.nat(7)).map(
  ([where, bit]): Edit =>
    bytes => {
      const out = bytes.slice();
      if (out.length) out[at(out, where)]! ^= 1 << bit;
      return out;
    },
);
const set = fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 0x28, 0x2e, 0x52, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xff), fc.nat(255))).map(
  ([where, value]): Edit =>
    bytes => {
      const out = bytes.slice();
      out[at(out, where)] = value;
      return out;
    },
);
/** Lengths, counts and offsets at the edges of what fits. */
const integer = fc
  .tuple(
    place,
    fc.constantFrom(2, 4, 8),
    fc.boolean(),
    fc.oneof(
      fc.constantFrom(0n, 1n, -1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n - 1n),
      fc.bigInt({ min: -4n, max: 4096n }),
    ),
  )
  .map(
    ([where, width, little, value]): Edit =>
      bytes => {
        const out = bytes.slice();
        const start = at(out, where);
        for (let i = 0; i < width && start + i < out.length; i++)
          out[start + i] = Number(BigInt.asUintN(8, value >> BigInt(8 * (little ? i : width - 1 - i))));
        return out;
      },
  );
const truncate = place.map(
  (where): Edit =>
    bytes =>
      bytes.slice(0, at(bytes, where)),
);
const remove = fc.tuple(place, fc.nat(40)).map(
  ([where, length]): Edit =>
    bytes =>
      joined(bytes.subarray(0, at(bytes, where)), bytes.subarray(at(bytes, where) + length)),
);
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
];
const insert = fc
  .tuple(
    place,
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom(...words).map(word => new Uint8Array(Buffer.from(word))),
    ),
  )
  .map(
    ([where, added]): Edit =>
      bytes =>
        joined(bytes.subarray(0, at(bytes, where)), added, bytes.subarray(at(bytes, where))),
  );
const copy = fc.tuple(place, place, fc.nat(200)).map(
  ([from, to, length]): Edit =>
    bytes => {
      const start = at(bytes, from);
      return joined(bytes.subarray(0, at(bytes, to)), bytes.subarray(start, start + length), bytes.subarray(at(bytes, to)));
    },
);
const edit = fc.oneof(
  { weight: 3, arbitrary: flip },
  { weight: 3, arbitrary: set },
  { weight: 4, arbitrary: integer },
  truncate,
  remove,
  insert,
  copy,
);

/** Files that come from one of these valid ones by up to eight damages. */
export function damaged(seeds: readonly Seed[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.nat(seeds.length - 1), fc.array(fc.tuple(fc.nat(), edit), { minLength: 1, maxLength: 6 })).map(([which, edits]) => {
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
    fc.constantFrom<Json>(null, true, 0, -1, 0.5, 65_535, 1e300, 2 ** 53, '', 'x', '__proto__', [], {}, [[]], [0]),
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
