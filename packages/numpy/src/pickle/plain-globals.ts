import type { PickleContext, PickleGlobal } from './unpickle.js';

/** What a container that is given a state, such as attributes of its own, does with it: nothing. */
const restore = () => {};

function listOf(items: unknown, what: string, { refuse, spend }: PickleContext): unknown[] {
  if (items === undefined) return [];
  if (!Array.isArray(items)) return refuse(`it makes ${what} of what is no list`);
  spend(8 * items.length);
  return [...items];
}

const list = (what: string): PickleGlobal => ({ construct: ([items], context) => listOf(items, what, context), restore });

const orderedDict: PickleGlobal = {
  construct([pairs], context) {
    const map = new Map<unknown, unknown>();
    context.spend(Array.isArray(pairs) ? 40 * pairs.length : 0);
    for (const pair of listOf(pairs, 'an OrderedDict', context))
      Array.isArray(pair) && pair.length === 2 ? map.set(pair[0], pair[1]) : context.refuse('an OrderedDict in it has no pairs');
    return map;
  },
  restore, // a module's state dict carries `_metadata` as an attribute: versions of its layers
};

const counter: PickleGlobal = {
  construct([counts], { refuse, spend }) {
    if (counts !== undefined && !(counts instanceof Map)) return refuse('it makes a Counter of what is no dict');
    spend(40 * (counts?.size ?? 0));
    return new Map(counts);
  },
  restore,
};

/** Bytes as protocol 2 writes them: text of one character a byte. */
function bytesOf(value: unknown, encoding: unknown, { refuse, spend }: PickleContext): Uint8Array {
  if (typeof value !== 'string' || !/^latin-?1$/.test(`${encoding}`)) return refuse('it encodes what is no text of bytes');
  spend(value.length);
  return Uint8Array.from(value, character => character.charCodeAt(0));
}

const bytearray: PickleGlobal = {
  construct([value, encoding], context) {
    if (value === undefined) return new Uint8Array(0);
    return value instanceof Uint8Array ? value : bytesOf(value, encoding, context);
  },
};

const complex: PickleGlobal = {
  construct: ([real, imaginary], { refuse }) =>
    typeof real === 'number' && typeof imaginary === 'number'
      ? `${real}${imaginary < 0 ? '-' : '+'}${Math.abs(imaginary)}j`
      : refuse('it makes a complex number of what are no numbers'),
};

/**
 * Names of Python's own library that stand for plain values: an OrderedDict, Counter or defaultdict becomes a Map, a set or deque an array,
 * a bytearray bytes, a complex number text (`1+2j`).
 */
export const plainGlobals: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ['collections.OrderedDict', orderedDict],
  ['collections.Counter', counter],
  ['collections.defaultdict', { construct: () => new Map(), restore }],
  ['collections.deque', list('a deque')],
  ['builtins.set', list('a set')],
  ['builtins.frozenset', list('a frozenset')],
  ['builtins.bytearray', bytearray],
  ['builtins.complex', complex],
  ['_codecs.encode', { construct: ([value, encoding], context) => bytesOf(value, encoding, context) }],
]);
