import type { Refuse } from '../file-format-error.js';
import { latin1, PickleInput } from './input.js';
import { type Contents, checkNesting, plainContents } from './nesting.js';
import { calledOpaque, isActing, OpaqueObject, presentName } from './opaque.js';
import { PickleStack } from './stack.js';

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
  /** By Python's full name, for example `collections.OrderedDict`; Python 2's modules have their names of today. */
  globals: ReadonlyMap<string, PickleGlobal>;
  /**
   * Whether any other name becomes an {@link OpaqueObject}, with all that is made of it, and so does what contains itself or is nested
   * too deep. Default: it is refused, as are in any case the names of what runs programs or opens files (`os.system`).
   */
  opaque?: boolean;
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

const STOP = 0x2e;
const GETATTR = 'builtins.getattr';

/**
 * Reads a Python pickle (protocols 2 to 5) as data. A pickle is a program for a stack machine; of its instructions only those are
 * carried out that make plain values, and names are looked up in the rules alone, so nothing in the file can run.
 *
 * None → null; bool, int, float, str → boolean, number (bigint beyond 2⁵³), number, string; bytes → Uint8Array (a view of `bytes`); list,
 * tuple and set → array; dict → Map. Parts may be shared; nothing contains itself.
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
  const stack = new PickleStack(memory, () => input.position, refuse);
  const context: PickleContext = { refuse, spend: bytes => stack.spend(bytes) };
  const known = new Set<unknown>(rules.globals.values());
  const restorers = new Map<unknown, NonNullable<PickleGlobal['restore']>>();

  const pushBytes = (length: number) => stack.push(input.take(length), 120);
  const pushGlobal = (module: unknown, name: unknown) => {
    if (typeof module !== 'string' || typeof name !== 'string') return refuse('it names a class by what is no text');
    const full = `${presentName(module)}.${name}`;
    const found = rules.globals.get(full);
    if (found) return stack.push(found);
    const mayBeOpaque = rules.opaque && (full === GETATTR || !isActing(presentName(module), name));
    return mayBeOpaque ? stack.push(new OpaqueObject(full.slice(0, 200)), 200) : refuseName(`${module}.${name}`);
  };
  const refuseName = (full: string) =>
    refuse(`it names ${JSON.stringify(full.slice(0, 100))}, which is not plain data; nothing was executed`);
  const call = () => {
    const [callee, args] = stack.take(2);
    if (callee instanceof OpaqueObject && Array.isArray(args)) {
      const [first, second] = args;
      if (callee.what === GETATTR && !(first instanceof OpaqueObject && typeof second === 'string')) refuseName(GETATTR);
      return stack.push(calledOpaque(callee, args), 200);
    }
    const { construct, restore } = known.has(callee) ? (callee as PickleGlobal) : refuse('it calls what is no class or function');
    if (!construct || !Array.isArray(args)) return refuse('it calls what cannot be called');
    const value = construct(args, context);
    if (restore) restorers.set(value, restore);
    return stack.push(value, 200);
  };
  const callWithNames = () => {
    const [callee, args, named] = stack.take(3);
    if (!(named instanceof Map) || (named.size && !(callee instanceof OpaqueObject))) refuse('it calls what takes no named arguments');
    stack.push(callee);
    stack.push(args);
    call();
  };
  const build = () => {
    const [state] = stack.take(1);
    const object = stack.top();
    if (object instanceof OpaqueObject) return;
    const restore = restorers.get(object) ?? refuse('it gives a state to what has none');
    restore(object, state, context);
  };
  const persistent = () => {
    const [id] = stack.take(1);
    stack.push(rules.persistent ? rules.persistent(id, context) : refuse('it refers to data outside of it'), 200);
  };

  const instruction: Record<number, () => unknown> = {
    128: () => input.uint8() > 5 && refuse('its protocol is newer than 5'), // PROTO
    149: () => input.length64(), // FRAME, a hint for reading ahead
    40: () => stack.mark(), // MARK
    48: () => stack.pop(), // POP
    49: () => stack.takeMarked(), // POP_MARK
    50: () => stack.push(stack.top()), // DUP
    78: () => stack.push(null), // NONE
    136: () => stack.push(true), // NEWTRUE
    137: () => stack.push(false), // NEWFALSE
    74: () => stack.push(input.int32()), // BININT
    75: () => stack.push(input.uint8()), // BININT1
    77: () => stack.push(input.uint16()), // BININT2
    138: () => stack.push(input.integer(input.uint8()), 100), // LONG1
    139: () => stack.push(input.integer(input.uint32()), 100), // LONG4
    71: () => stack.push(input.float64(), 16), // BINFLOAT
    84: () => stack.pushText(latin1(input.take(input.uint32()))), // BINSTRING
    85: () => stack.pushText(latin1(input.take(input.uint8()))), // SHORT_BINSTRING
    88: () => stack.pushText(input.text(input.uint32())), // BINUNICODE
    140: () => stack.pushText(input.text(input.uint8())), // SHORT_BINUNICODE
    141: () => stack.pushText(input.text(input.length64())), // BINUNICODE8
    66: () => pushBytes(input.uint32()), // BINBYTES
    67: () => pushBytes(input.uint8()), // SHORT_BINBYTES
    142: () => pushBytes(input.length64()), // BINBYTES8
    150: () => pushBytes(input.length64()), // BYTEARRAY8
    93: () => stack.pushList([]), // EMPTY_LIST
    108: () => stack.pushList(stack.takeMarked()), // LIST
    97: () => stack.append(stack.take(1)), // APPEND
    101: () => stack.append(stack.takeMarked()), // APPENDS
    41: () => stack.pushList([]), // EMPTY_TUPLE
    133: () => stack.pushList(stack.take(1)), // TUPLE1
    134: () => stack.pushList(stack.take(2)), // TUPLE2
    135: () => stack.pushList(stack.take(3)), // TUPLE3
    116: () => stack.pushList(stack.takeMarked()), // TUPLE
    125: () => stack.push(new Map(), 200), // EMPTY_DICT
    115: () => stack.setItems(stack.take(2)), // SETITEM
    117: () => stack.setItems(stack.takeMarked()), // SETITEMS
    143: () => stack.pushList([]), // EMPTY_SET
    144: () => stack.append(stack.takeMarked()), // ADDITEMS
    145: () => stack.pushList(stack.takeMarked()), // FROZENSET
    104: () => stack.get(input.uint8()), // BINGET
    106: () => stack.get(input.uint32()), // LONG_BINGET
    113: () => stack.put(input.uint8()), // BINPUT
    114: () => stack.put(input.uint32()), // LONG_BINPUT
    148: () => stack.put(), // MEMOIZE
    99: () => pushGlobal(input.line(), input.line()), // GLOBAL
    147: () => pushGlobal(...(stack.take(2) as [unknown, unknown])), // STACK_GLOBAL
    82: call, // REDUCE
    129: call, // NEWOBJ
    146: callWithNames, // NEWOBJ_EX
    98: build, // BUILD
    81: persistent, // BINPERSID
  };

  for (let done = 0, code = input.uint8(); code !== STOP; code = input.uint8()) {
    if (++done > instructions) refuse(`it has more than ${instructions} instructions`);
    const carryOut = instruction[code] ?? refuse(`byte ${input.position - 1} (0x${code.toString(16)}) is no instruction for plain data`);
    carryOut();
  }
  const [value] = stack.take(1);
  checkNesting(value, depth, rules.contents ?? plainContents, refuse, rules.opaque);
  return { value, end: input.position };
}
