import type { Refuse } from '../file-format-error.js';
import { latin1, PickleInput } from './input.js';
import { type Contents, checkNesting, plainContents } from './nesting.js';

/** What functions of {@link PickleGlobal} may do besides returning a value. */
export interface PickleContext {
  refuse: Refuse;
  /** Accounts for memory, in bytes, before it is taken. @throws FileFormatError when the pickle has used up its share. */
  spend(bytes: number): void;
}

/** What a name in a pickle (a Python class or function) stands for. */
export interface PickleGlobal {
  /** The value of a call; without it the name can only be passed on. The arguments are whatever the file holds: check them. */
  construct?(args: readonly unknown[], context: PickleContext): unknown;
  /** Gives an object that {@link construct} made its state. */
  restore?(object: unknown, state: unknown, context: PickleContext): void;
}

/** What a pickle may contain beyond plain values. */
export interface PickleRules {
  /** By Python's full name, for example `collections.OrderedDict`. Any other name is refused. */
  globals: ReadonlyMap<string, PickleGlobal>;
  /** The value that a persistent identifier stands for. Without it these are refused. */
  persistent?(id: unknown, context: PickleContext): unknown;
  /** The values inside an object that {@link globals} made, where it can hold any, so that cycles through it are found. */
  contents?: Contents;
}

/** Bounds on what a pickle may ask for, however long it is. */
export interface PickleLimits {
  /** Instructions. Default 10 million. */
  instructions?: number;
  /** Levels of nesting. Default 64. */
  depth?: number;
  /** Bytes of memory beyond the pickle itself, estimated. Default 160 MiB. */
  memory?: number;
}

const WAITING_LIMIT = 1_000_000; // values on the stack
const STOP = 0x2e;

/**
 * Reads a Python pickle (protocols 2 to 5) as data. A pickle is a program for a stack machine; of its instructions only those are
 * carried out that make plain values, and names are looked up in the rules alone, so nothing in the file can run.
 *
 * None → null; bool, int, float, str → boolean, number (bigint beyond 2⁵³), number, string; bytes → Uint8Array (a view of `bytes`); list
 * and tuple → array; dict → Map. Parts may be shared; nothing contains itself.
 *
 * @param bytes the file; the pickle begins at `start`, default 0.
 * @param refuse throws for a malformed or truncated pickle, one that names what the rules do not know, or one beyond the limits.
 * @returns the value, and where the pickle ended.
 */
export function unpickle(
  bytes: Uint8Array,
  rules: PickleRules,
  refuse: Refuse,
  { start = 0, instructions = 10_000_000, depth = 64, memory = 160 * 2 ** 20 }: PickleLimits & { start?: number } = {},
): { value: unknown; end: number } {
  const input = new PickleInput(bytes, refuse, start);
  const stack: unknown[] = [];
  const marks: number[] = []; // heights of the stack
  const memo: unknown[] = [];
  const known = new Set<unknown>(rules.globals.values());
  const restorers = new Map<unknown, NonNullable<PickleGlobal['restore']>>();

  let left = memory;
  const spend = (cost: number) => {
    left -= cost;
    if (!(left >= 0)) refuse(`its values need more than ${Math.round(memory / 2 ** 20)} MiB of memory`);
  };
  const context: PickleContext = { refuse, spend };
  const push = (value: unknown, cost = 0) => {
    spend(cost);
    if (stack.length >= WAITING_LIMIT) refuse(`it keeps more than ${WAITING_LIMIT} values waiting`);
    stack.push(value);
  };
  /** The `count` topmost values, which must lie above the last mark. */
  const take = (count: number): unknown[] => {
    if (stack.length - (marks.at(-1) ?? 0) < count) refuse(`at byte ${input.position} it takes a value that is not there`);
    return stack.splice(stack.length - count);
  };
  const takeMarked = (): unknown[] => stack.splice(marks.pop() ?? refuse(`at byte ${input.position} it closes what it did not open`));
  const top = (): unknown =>
    stack.length > (marks.at(-1) ?? 0) ? stack.at(-1) : refuse(`at byte ${input.position} it uses a value that is not there`);
  const pushList = (items: unknown[]) => push(items, 48 + 8 * items.length);
  const pushText = (text: string) => push(text, 24 + 2 * text.length);
  const pushBytes = (length: number) => push(input.take(length), 120);
  const append = (items: unknown[]) => {
    const target = top();
    if (!Array.isArray(target)) return refuse('it appends to what is no list');
    spend(8 * items.length);
    for (const item of items) target.push(item);
  };
  const setItems = (items: unknown[]) => {
    const target = top();
    spend(40 * items.length);
    if (!(target instanceof Map) || items.length % 2) return refuse('it puts items into what is no dict');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  };
  const put = (index: number) => {
    if (index > memo.length) refuse(`it stores number ${index} in a memo of ${memo.length}`);
    if (index === memo.length) spend(16);
    memo[index] = top();
  };
  const get = (index: number) => push(index < memo.length ? memo[index] : refuse(`it recalls number ${index}, which it never stored`));
  const pushGlobal = (module: unknown, name: unknown) => {
    if (typeof module !== 'string' || typeof name !== 'string') return refuse('it names a class by what is no text');
    const full = `${module}.${name}`;
    push(
      rules.globals.get(full) ?? refuse(`it names ${JSON.stringify(full.slice(0, 100))}, which is not plain data; nothing was executed`),
    );
  };
  const call = () => {
    const [callee, args] = take(2);
    const { construct, restore } = known.has(callee) ? (callee as PickleGlobal) : refuse('it calls what is no class or function');
    if (!construct || !Array.isArray(args)) return refuse('it calls what cannot be called');
    const value = construct(args, context);
    if (restore) restorers.set(value, restore);
    push(value, 200);
  };
  const build = () => {
    const [state] = take(1);
    const object = top();
    const restore = restorers.get(object) ?? refuse('it gives a state to what has none');
    restore(object, state, context);
  };
  const persistent = () => {
    const [id] = take(1);
    push(rules.persistent ? rules.persistent(id, context) : refuse('it refers to data outside of it'), 200);
  };

  const instruction: Record<number, () => unknown> = {
    128: () => input.uint8() > 5 && refuse('its protocol is newer than 5'), // PROTO
    149: () => input.length64(), // FRAME, a hint for reading ahead
    40: () => (marks.length < 10_000 ? marks.push(stack.length) : refuse('it opens more than 10000 lists')), // MARK
    48: () => (stack.length === marks.at(-1) ? marks.pop() : take(1)), // POP
    49: takeMarked, // POP_MARK
    50: () => push(top()), // DUP
    78: () => push(null), // NONE
    136: () => push(true), // NEWTRUE
    137: () => push(false), // NEWFALSE
    74: () => push(input.int32()), // BININT
    75: () => push(input.uint8()), // BININT1
    77: () => push(input.uint16()), // BININT2
    138: () => push(input.integer(input.uint8()), 100), // LONG1
    139: () => push(input.integer(input.uint32()), 100), // LONG4
    71: () => push(input.float64(), 16), // BINFLOAT
    84: () => pushText(latin1(input.take(input.uint32()))), // BINSTRING
    85: () => pushText(latin1(input.take(input.uint8()))), // SHORT_BINSTRING
    88: () => pushText(input.text(input.uint32())), // BINUNICODE
    140: () => pushText(input.text(input.uint8())), // SHORT_BINUNICODE
    141: () => pushText(input.text(input.length64())), // BINUNICODE8
    66: () => pushBytes(input.uint32()), // BINBYTES
    67: () => pushBytes(input.uint8()), // SHORT_BINBYTES
    142: () => pushBytes(input.length64()), // BINBYTES8
    150: () => pushBytes(input.length64()), // BYTEARRAY8
    93: () => pushList([]), // EMPTY_LIST
    108: () => pushList(takeMarked()), // LIST
    97: () => append(take(1)), // APPEND
    101: () => append(takeMarked()), // APPENDS
    41: () => pushList([]), // EMPTY_TUPLE
    133: () => pushList(take(1)), // TUPLE1
    134: () => pushList(take(2)), // TUPLE2
    135: () => pushList(take(3)), // TUPLE3
    116: () => pushList(takeMarked()), // TUPLE
    125: () => push(new Map(), 200), // EMPTY_DICT
    115: () => setItems(take(2)), // SETITEM
    117: () => setItems(takeMarked()), // SETITEMS
    144: () => append(takeMarked()), // ADDITEMS
    104: () => get(input.uint8()), // BINGET
    106: () => get(input.uint32()), // LONG_BINGET
    113: () => put(input.uint8()), // BINPUT
    114: () => put(input.uint32()), // LONG_BINPUT
    148: () => put(memo.length), // MEMOIZE
    99: () => pushGlobal(input.line(), input.line()), // GLOBAL
    147: () => pushGlobal(...(take(2) as [unknown, unknown])), // STACK_GLOBAL
    82: call, // REDUCE
    129: call, // NEWOBJ
    98: build, // BUILD
    81: persistent, // BINPERSID
  };

  for (let done = 0, code = input.uint8(); code !== STOP; code = input.uint8()) {
    if (++done > instructions) refuse(`it has more than ${instructions} instructions`);
    const carryOut = instruction[code] ?? refuse(`byte ${input.position - 1} (0x${code.toString(16)}) is no instruction for plain data`);
    carryOut();
  }
  const [value] = take(1);
  checkNesting(value, depth, rules.contents ?? plainContents, refuse);
  return { value, end: input.position };
}
