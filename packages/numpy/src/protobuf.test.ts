import { expect, it } from 'vitest';
import { bytesField, bytesFieldsOf, doubleField, encodeMessage, floatField, packedField, varintField } from './protobuf.js';

const hex = (field: Uint8Array[]) => Buffer.concat(field).toString('hex');

it('encodes fields as the format says', () => {
  expect(hex(varintField(1, 150))).toBe('089601'); // the example of the format's documentation
  expect(hex(varintField(20, 3))).toBe('a00103');
  expect(hex(varintField(3, -1))).toBe('18ffffffffffffffffff01');
  expect(hex(varintField(1, Number.MAX_SAFE_INTEGER))).toBe('08ffffffffffffff0f');
  expect(hex(bytesField(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(bytesField(3, [varintField(1, 150)]))).toBe('1a03089601');
  expect(hex(packedField(4, [3, 270, 86942]))).toBe('2206038e029ea705');
  expect(hex(packedField(4, []))).toBe('');
  expect(hex(floatField(2, 1))).toBe('150000803f');
  expect(hex(doubleField(1, 1))).toBe('09000000000000f03f');
});

it('reads the fields that hold bytes, and passes over numbers', () => {
  const message = encodeMessage([
    varintField(1, 300),
    bytesField(2, 'text'),
    floatField(3, 1),
    bytesField(500, [doubleField(1, 2), bytesField(4, Uint8Array.of(7))]),
  ]);
  const [text, inner] = [...bytesFieldsOf(message)];
  expect(text).toEqual([2, Uint8Array.from(Buffer.from('text'))]);
  expect(inner![0]).toBe(500);
  expect([...bytesFieldsOf(inner![1])]).toEqual([[4, Uint8Array.of(7)]]);
  expect(() => [...bytesFieldsOf(message.subarray(0, message.length - 1))]).toThrow('is cut');
});

it('refuses what is no whole number', () => {
  for (const value of [0.5, 2 ** 53, Number.NaN]) expect(() => varintField(1, value)).toThrow(`${value} is not a whole number`);
});
