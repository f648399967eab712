import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFormatError } from '@wsss/numpy';
import { expect, it } from 'vitest';
import { zipOf } from '../../numpy/src/test/zip-writer.js';
import { serializeSafetensors } from './safetensors.js';
import { parseWeights, readWeights } from './weights-file.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

it('tells formats apart by their content', () => {
  const safetensors = serializeSafetensors(new Map([['x', { shape: [1], data: Float32Array.of(1) }]]), { metadata: { a: 'b' } });
  expect(parseWeights(safetensors)).toMatchObject({ format: 'safetensors', metadata: { a: 'b' }, types: new Map([['x', 'f32']]) });
  expect(parseWeights(read('../fixtures/state-dict.pth')).format).toBe('PyTorch');
  expect(parseWeights(read('../fixtures/state-dict-legacy.pth')).tensors.size).toBe(12);
  expect([...parseWeights(read('../fixtures/views.npz')).tensors.keys()]).toContain('nested.a.1.0');
  const dict = parseWeights(read('../../numpy/fixtures/dict.npy'));
  expect(dict.tensors.get('2007_000032')).toEqual({ shape: [3], data: Float32Array.of(1, 0, 0.5) });
  expect(dict.metadata).toMatchObject({ 'plain.1': 'true', 'plain.6': '5 bytes' });
});

it('keeps the arrays of numbers of a .npz, and names the others', () => {
  const header = (descr: string, shape: string, data: number[]) => {
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
    return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0, ...Buffer.from(`${text}\n`), ...data]);
  };
  const big = new Uint8Array(BigInt64Array.of(2n ** 50n).buffer);
  const file = zipOf([
    { name: 'w.npy', data: header('<f4', '(1,)', [0, 0, 0x80, 0x3f]) },
    { name: 'steps.npy', data: header('<i8', '(1,)', [...big]) },
    { name: 'name.npy', data: header('<U1', '()', [65, 0, 0, 0]) },
    { name: 'args.npy', data: header('|O', '()', [0x80, 2, 0x4e, 0x2e]) },
    { name: 'note.txt', data: Uint8Array.of(65) },
  ]);
  const { tensors, integers, types, opaque } = parseWeights(file, 'w.npz');
  expect(tensors).toEqual(new Map([['w', { shape: [1], data: Float32Array.of(1) }]]));
  expect(integers).toEqual(new Map([['steps', { shape: [1], data: BigInt64Array.of(2n ** 50n) }]]));
  expect(Object.fromEntries(types)).toEqual({ w: 'f32', steps: 'i64' });
  expect(Object.fromEntries(opaque)).toEqual({ name: 'elements of type <U1', args: 'objects of Python', 'note.txt': 'no array' });
});

it.each([
  ['nothing', new Uint8Array(0), 'it is empty'],
  ['text', bytesOf('hello, world'), 'no known format'],
  ['a web page', bytesOf('<!DOCTYPE html>'), 'it is a web page'],
  ['a Git LFS pointer', bytesOf('version https://git-lfs.github.com/spec/v1\n'), 'git lfs pull'],
  ['HDF5', bytesOf('\x89HDF\r\n\x1a\n'), 'HDF5'],
  ['a plain pickle', bytesOf('\x80\x04}.'), 'a plain Python pickle'],
  ['a tar archive', bytesOf(`${'\0'.repeat(257)}ustar`), 'tar archive'],
])('refuses %s', (_, bytes, message) => {
  expect(() => parseWeights(bytes, 'w.bin')).toThrow(FileFormatError);
  expect(() => parseWeights(bytes, 'w.bin')).toThrow(/^w\.bin is not a readable file of weights/);
  expect(() => parseWeights(bytes, 'w.bin')).toThrow(message);
});

it('reads files, and names those it cannot read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weights-'));
  const file = join(folder, 'w.pth');
  writeFileSync(file, read('../fixtures/state-dict.pth'));
  expect((await readWeights(file)).tensors.get('norm.weight')).toEqual({ shape: [4], data: Float32Array.of(1, 1, 1, 1) });
  await expect(readWeights(join(folder, 'none.pth'))).rejects.toThrow(/none\.pth cannot be read: there is no such file/);
  await expect(readWeights(folder)).rejects.toThrow(/cannot be read: it is a folder/);
});
