import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { zipOf } from '../../../numpy/src/test/zip-writer.js';
import { makeWheel } from '../test/wheel.js';
import { unpackWheel } from './wheel.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-wheel-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (bytes: Uint8Array) => {
  writeFileSync(join(folder, 'x.whl'), bytes);
  return join(folder, 'x.whl');
};
const everything = (name: string) => name;

it('unpacks what is wanted, and keeps programs executable', async () => {
  const bytes = makeWheel({ 'a/b.so': 'library', 'a/tool': '#!/bin/sh', 'c.py': 'raise' });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0, found = 0; at + 4 <= bytes.length; at++)
    if (view.getUint32(at, true) === 0x02014b50 && found++ === 1) view.setUint32(at + 38, 0o100755 << 16, true);
  expect(await unpackWheel(write(bytes), join(folder, 'out'), name => (name.startsWith('a/') ? `x/${name}` : undefined))).toBe(16);
  expect(readFileSync(join(folder, 'out/x/a/b.so'), 'utf8')).toBe('library');
  expect(['b.so', 'tool'].map(name => statSync(join(folder, 'out/x/a', name)).mode & 0o100)).toEqual([0, 0o100]);
});

it.each([
  ['a name that leads out of the folder', makeWheel({ 'nvidia/../../out': 'x' }), 'nvidia/../../out in it leads out of the folder'],
  ['an absolute name', makeWheel({ '/etc/x': 'x' }), '/etc/x in it leads out of the folder'],
  ['a wrong checksum', makeWheel({ a: 'x' }, 'a,sha256=x,1'), 'the checksum of a is wrong'],
  ['no list of checksums', zipOf([{ name: 'a', data: Buffer.from('x') }]), 'the checksum of a is wrong'],
  [
    'more than it states',
    zipOf([{ name: 'a', data: Buffer.from('4b4c4a4e4c4a0600', 'hex'), packedFrom: { size: 2, crc: 0 } }]),
    'longer than the 2 bytes that the wheel states',
  ],
  ['damaged data', zipOf([{ name: 'a', data: Buffer.from('ffff', 'hex'), packedFrom: { size: 2, crc: 0 } }]), 'invalid block type'],
  ['a cut wheel', makeWheel({ a: 'x' }).subarray(0, 60), 'no directory at its end'],
])('refuses %s', async (_, bytes, message) => {
  const wheel = write(bytes);
  await expect(unpackWheel(wheel, join(folder, 'refused'), everything)).rejects.toThrow(`The wheel ${wheel} cannot be unpacked: `);
  await expect(unpackWheel(wheel, join(folder, 'refused'), everything)).rejects.toThrow(message);
  await expect(unpackWheel(wheel, join(folder, 'refused'), everything)).rejects.toThrow('If it is damaged, download it again');
});
