import { expect, it } from 'vitest';
import { refusal } from '../file-format-error.js';
import {
  APPENDS,
  EMPTY_DICT,
  EMPTY_LIST,
  EMPTY_TUPLE,
  global,
  MARK,
  NONE,
  pickleOf,
  REDUCE,
  SETITEM,
  TUPLE1,
  TUPLE2,
  text,
} from '../test/pickle-writer.js';
import { plainGlobals } from './plain-globals.js';
import { unpickle } from './unpickle.js';

const read = (...parts: (number | string | ArrayLike<number>)[]) =>
  unpickle(pickleOf(...parts), { globals: plainGlobals }, refusal('p', 'pickle', 'Save it again.')).value;
const list = [EMPTY_LIST, MARK, NONE, ...text('a'), APPENDS];
const dict = [EMPTY_DICT, ...text('k'), NONE, SETITEM];

it('makes maps, arrays, bytes and text of the plain classes of Python', () => {
  expect(read(global('builtins', 'set'), list, TUPLE1, REDUCE)).toEqual([null, 'a']);
  expect(read(global('__builtin__', 'frozenset'), list, TUPLE1, REDUCE)).toEqual([null, 'a']);
  expect(read(0x8f, MARK, NONE, 0x90)).toEqual([null]); // a set of protocol 4
  expect(read(MARK, NONE, 0x91)).toEqual([null]);
  expect(read(global('collections', 'deque'), EMPTY_TUPLE, REDUCE, MARK, NONE, APPENDS)).toEqual([null]);
  expect(read(global('collections', 'Counter'), dict, TUPLE1, REDUCE)).toEqual(new Map([['k', null]]));
  expect(read(global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE, text('k'), NONE, SETITEM)).toEqual(new Map([['k', null]]));
  expect(read(global('collections', 'defaultdict'), NONE, TUPLE1, REDUCE, text('k'), NONE, SETITEM)).toEqual(new Map([['k', null]]));
  expect(read(global('builtins', 'bytearray'), text('é'), text('latin-1'), TUPLE2, REDUCE)).toEqual(Uint8Array.of(0xe9));
  expect(read(global('_codecs', 'encode'), text('é'), text('latin1'), TUPLE2, REDUCE)).toEqual(Uint8Array.of(0xe9));
  const half = [0x47, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0];
  expect(read(global('builtins', 'complex'), half, half, TUPLE2, REDUCE)).toBe('0.5+0.5j');
});

it('reads integers of any length that a file may well hold', () => {
  const bytes = new Uint8Array(300).fill(255);
  bytes[299] = 0;
  expect(read(0x8b, [44, 1, 0, 0], bytes)).toBe(2n ** 2392n - 1n);
});
