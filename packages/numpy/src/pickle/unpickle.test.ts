import { describe, expect, it } from 'vitest';
import { FileFormatError, refusal } from '../file-format-error.js';
import {
  APPEND,
  APPENDS,
  BINGET,
  BUILD,
  DUP,
  EMPTY_DICT,
  EMPTY_LIST,
  EMPTY_TUPLE,
  global,
  MARK,
  MEMOIZE,
  NONE,
  POP,
  pickleOf,
  REDUCE,
  SETITEM,
  TUPLE1,
  TUPLE2,
  text,
} from '../test/pickle-writer.js';
import { OpaqueObject } from './opaque.js';
import { type PickleLimits, type PickleRules, unpickle } from './unpickle.js';

const refuse = refusal('p.pkl', 'pickle', 'Save it again.');
const plain: PickleRules = { globals: new Map() };
const read = (bytes: Uint8Array, limits?: PickleLimits, rules = plain) => unpickle(bytes, rules, refuse, limits).value;

describe('unpickle', () => {
  it('makes plain values', () => {
    expect(read(pickleOf(NONE))).toBeNull();
    expect(read(pickleOf(0x88))).toBe(true);
    expect(read(pickleOf(0x4a, [0xfe, 0xff, 0xff, 0xff]))).toBe(-2);
    expect(read(pickleOf(0x8a, 1, 0xff))).toBe(-1);
    expect(read(pickleOf(0x8a, 8, [0, 0, 0, 0, 0, 0, 0, 0x40]))).toBe(2n ** 62n);
    expect(read(pickleOf(0x47, [0x3f, 0xe0, 0, 0, 0, 0, 0, 0]))).toBe(0.5);
    expect(read(pickleOf(text('é'.normalize('NFD'))))).toBe('é'.normalize('NFD'));
    expect(read(pickleOf(0x55, 2, [0xe9, 0x80]))).toBe('é\x80');
    expect(read(pickleOf(0x43, 2, [1, 2]))).toEqual(Uint8Array.of(1, 2));
    expect(read(pickleOf(EMPTY_LIST, MARK, NONE, 0x88, APPENDS))).toEqual([null, true]);
    expect(read(pickleOf(EMPTY_DICT, text('k'), EMPTY_TUPLE, SETITEM))).toEqual(new Map([['k', []]]));
  });

  it('shares what the memo recalls, and says where the pickle ended', () => {
    const bytes = pickleOf(EMPTY_LIST, MEMOIZE, BINGET(0), TUPLE2);
    const { value, end } = unpickle(Uint8Array.of(9, ...bytes, 9), plain, refuse, { start: 1 });
    expect(value).toEqual([[], []]);
    expect((value as unknown[])[0]).toBe((value as unknown[])[1]);
    expect(end).toBe(1 + bytes.length);
  });

  it('calls only what the rules know', () => {
    const rules: PickleRules = {
      globals: new Map([
        ['m.f', { construct: ([x]) => ({ x }), restore: (object, state) => void Object.assign(object as object, { state }) }],
      ]),
    };
    const bytes = pickleOf(global('m', 'f'), NONE, TUPLE1, REDUCE, 0x88, BUILD);
    expect(read(bytes, {}, rules)).toEqual({ x: null, state: true });
    expect(() => read(bytes)).toThrow('it names "m.f", which is not plain data; nothing was executed');
  });

  it('makes what it does not know opaque where the rules say so, and drops what is put into it', () => {
    const rules: PickleRules = { globals: new Map(), opaque: true };
    const thing = [...global('a.b', 'Thing'), EMPTY_TUPLE, REDUCE];
    expect(read(pickleOf(thing), {}, rules)).toEqual(new OpaqueObject('a.b.Thing'));
    expect(read(pickleOf(thing, EMPTY_DICT, BUILD, NONE, APPEND, text('k'), NONE, SETITEM), {}, rules)).toEqual(
      new OpaqueObject('a.b.Thing'),
    );
    expect(read(pickleOf(thing, EMPTY_TUPLE, EMPTY_DICT, 0x92), {}, rules)).toEqual(new OpaqueObject('a.b.Thing'));
    expect(read(pickleOf(thing, EMPTY_TUPLE, REDUCE), {}, rules)).toEqual(new OpaqueObject('a.b.Thing'));
    expect(read(pickleOf(global('__builtin__', 'getattr'), global('m', 'Mode'), text('A'), TUPLE2, REDUCE), {}, rules)).toEqual(
      new OpaqueObject('m.Mode.A'),
    );
    expect(read(pickleOf(global('copy_reg', '_reconstructor'), global('m', 'C'), NONE, TUPLE2, REDUCE), {}, rules)).toEqual(
      new OpaqueObject('m.C'),
    );
    expect(() => read(pickleOf(thing))).toThrow('it names "a.b.Thing", which is not plain data');
    for (const [module, name] of ['os system', 'subprocess Popen', 'builtins eval', '__builtin__ open'].map(each => each.split(' ')))
      expect(() => read(pickleOf(global(module!, name!)), {}, rules)).toThrow(`it names "${module}.${name}", which is not plain data`);
  });

  it('puts something opaque where a value contains itself or is nested too deep, if the rules say so', () => {
    const rules: PickleRules = { globals: new Map(), opaque: true };
    const itself = new OpaqueObject('it contains itself');
    expect(read(pickleOf(EMPTY_LIST, MEMOIZE, BINGET(0), APPEND, NONE, APPEND), {}, rules)).toEqual([itself, null]);
    expect(read(pickleOf(EMPTY_DICT, MEMOIZE, text('k'), BINGET(0), TUPLE1, SETITEM), {}, rules)).toEqual(new Map([['k', [itself]]]));
    const tower = (levels: number) => [EMPTY_LIST, ...Array<number>(levels - 1).fill(TUPLE1)];
    expect(read(pickleOf(tower(4), TUPLE1), { depth: 4 }, rules)).toEqual([[[[new OpaqueObject('it is nested more than 4 deep')]]]]);
    expect(read(pickleOf(tower(4)), { depth: 4 }, rules)).toEqual([[[[]]]]);
    // A part that is shared, first where it is not too deep.
    const shared = [EMPTY_LIST, ...tower(3), MEMOIZE, APPEND, BINGET(0).flat(), TUPLE1, TUPLE1, APPEND].flat();
    expect(read(pickleOf(shared), { depth: 4 }, rules)).toEqual([[[[]]], [[new OpaqueObject('it is nested more than 4 deep')]]]);
    // A dict that is a key of itself cannot be mended.
    expect(() => read(pickleOf(EMPTY_DICT, MEMOIZE, BINGET(0), NONE, SETITEM), {}, rules)).toThrow('it contains itself');
  });

  const deep = (depth: number) => pickleOf(EMPTY_LIST, new Uint8Array(depth).fill(TUPLE1));
  const billionLaughs = pickleOf(EMPTY_LIST, ...Array<number[]>(40).fill([DUP, TUPLE2]).flat());
  const hostile: [string, Uint8Array, string][] = [
    ['os.system', pickleOf(global('os', 'system'), text('touch /tmp/pwned'), TUPLE1, REDUCE), '"os.system"'],
    ['builtins.eval by STACK_GLOBAL', pickleOf(text('builtins'), text('eval'), 0x93, text('1'), TUPLE1, REDUCE), '"builtins.eval"'],
    ['a name of JavaScript', pickleOf(global('constructor', 'constructor')), '"constructor.constructor"'],
    ['a name that is a list', pickleOf(EMPTY_LIST, text('x'), 0x93), 'by what is no text'],
    ['a call of a value', pickleOf(EMPTY_DICT, EMPTY_TUPLE, REDUCE), 'it calls what is no class'],
    ['a state for a list', pickleOf(EMPTY_LIST, EMPTY_DICT, BUILD), 'gives a state to what has none'],
    ['an old instruction (INST)', pickleOf('ios\nsystem\n'), 'byte 2 (0x69) is no instruction'],
    ['an extension', pickleOf(0x82, 1), 'byte 2 (0x82)'],
    ['a persistent identifier', pickleOf(NONE, 0x51), 'refers to data outside'],
    ['a list in itself', pickleOf(EMPTY_LIST, MEMOIZE, BINGET(0), APPEND), 'it contains itself'],
    ['a dict in itself, further in', pickleOf(EMPTY_DICT, MEMOIZE, text('k'), BINGET(0), TUPLE1, SETITEM), 'it contains itself'],
    ['too deep nesting', deep(64), 'nested more than 64 deep'],
    ['nesting beyond any stack', deep(100_000), 'nested more than 64 deep'],
    ['text longer than the file', pickleOf(0x58, [0xff, 0xff, 0xff, 0xff]), 'wants 4294967295 bytes'],
    ['text longer than any file', pickleOf(0x8d, Array(8).fill(0xff)), 'wants 18446744073709552000 bytes'],
    ['an integer without end', pickleOf(0x8b, [0, 0, 0, 1], Array(99).fill(1)), 'an integer of 16777216 bytes'],
    ['a memo far out', pickleOf(NONE, 0x72, [0xff, 0xff, 0xff, 0x7f]), 'stores number 2147483647 in a memo of 0'],
    ['an empty memo', pickleOf(BINGET(3)), 'recalls number 3'],
    ['an empty stack', pickleOf(POP), 'takes a value that is not there'],
    ['a mark that is not there', pickleOf(APPENDS), 'closes what it did not open'],
    ['a value below the mark', pickleOf(NONE, MARK, TUPLE1), 'takes a value that is not there'],
    ['half a dict item', pickleOf(EMPTY_DICT, MARK, NONE, 0x75), 'into what is no dict'],
    ['a name without end', pickleOf(`c${'x'.repeat(2000)}`), 'does not end'],
    ['a truncated file', pickleOf(EMPTY_LIST).subarray(0, 3), 'ends in the middle'],
    ['nothing', new Uint8Array(0), 'ends in the middle'],
  ];
  it.each(hostile)('refuses %s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(FileFormatError);
    expect(() => read(bytes)).toThrow(message);
  });

  it('keeps shared values shared, so that 2⁴⁰ of them take no room', () => {
    expect(read(billionLaughs)).toHaveLength(2);
  });

  it('has limits for instructions, memory and waiting values', () => {
    const many = (...codes: number[]) =>
      pickleOf(
        Uint8Array.from({ length: 1_050_000 * codes.length }, (_, i) => codes[i % codes.length]!),
        NONE,
      );
    expect(() => read(many(NONE, POP), { instructions: 1000 })).toThrow('more than 1000 instructions');
    expect(() => read(many(EMPTY_DICT, POP))).toThrow('more than 160 MiB');
    expect(() => read(many(NONE))).toThrow('more than 1000000 values waiting');
    expect(() => read(many(MARK))).toThrow('opens more than 10000');
  });
});
