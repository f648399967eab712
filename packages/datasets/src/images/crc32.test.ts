import { crc32 as expected } from 'node:zlib';
import { expect, it } from 'vitest';
import { crc32, ownCrc32 } from './crc32.js';

it('is the CRC of PNG and zip', () => {
  for (const text of ['', 'IEND', '123456789', 'a'.repeat(1000)]) {
    const bytes = new TextEncoder().encode(text);
    expect([crc32(bytes), ownCrc32(bytes)]).toEqual([expected(bytes), expected(bytes)]);
  }
  expect(ownCrc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});
