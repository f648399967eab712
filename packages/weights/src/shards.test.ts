import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFormatError } from '@wsss/numpy';
import { expect, it } from 'vitest';
import { serializeSafetensors } from './safetensors.js';
import { shardNumber, shardsOf } from './shards.js';
import { parseWeights, readWeights } from './weights-file.js';

const one = (name: string, value: number) =>
  serializeSafetensors(new Map([[name, { shape: [1], data: Float32Array.of(value) }]]), { metadata: { format: 'pt' } });
const bytesOf = (value: unknown) => new Uint8Array(Buffer.from(JSON.stringify(value)));

it('reads weights in several files by their index', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shards-'));
  const index = join(folder, 'model.safetensors.index.json');
  const map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' };
  writeFileSync(index, JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }, null, 2));
  writeFileSync(join(folder, map.a), one('a', 1));
  await expect(readWeights(index)).rejects.toThrow(/model-00002-of-00002\.safetensors cannot be read: there is no such file/);
  writeFileSync(join(folder, map.b), one('c', 2));
  await expect(readWeights(index)).rejects.toThrow('b is not in model-00002-of-00002.safetensors, where it should be');
  writeFileSync(join(folder, map.b), one('b', 2));
  const { format, bytes, tensors, metadata, types } = await readWeights(index);
  expect([format, metadata, types.get('b')]).toEqual(['safetensors', { format: 'pt' }, 'f32']);
  expect(bytes).toBe(one('a', 1).length + one('b', 2).length);
  expect([...tensors].map(([name, { data }]) => [name, data[0]])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

it.each([
  ['a path', { a: '../model.safetensors' }, 'a is in "../model.safetensors", which is no file beside it'],
  ['an absolute path', { a: '/etc/passwd' }, 'which is no file beside it'],
  ['a number', { a: 3 }, 'a is in 3, which is no file beside it'],
  ['a list', ['a'], 'its weight_map is no object'],
])('refuses an index whose map has %s', (_, map, message) => {
  expect(() => shardsOf(bytesOf({ weight_map: map }), 'i.json')).toThrow(FileFormatError);
  expect(() => shardsOf(bytesOf({ weight_map: map }), 'i.json')).toThrow(message);
});

it('knows what is no index, and the index that a file belongs to', () => {
  expect(shardsOf(bytesOf({ model_type: 'vit' }), 'c.json')).toBeUndefined();
  expect(() => parseWeights(bytesOf({ weight_map: {} }), 'i.json')).toThrow('it is the index of weights in several files');
  expect(shardNumber('d/model-00001-of-00002.safetensors')).toEqual({ number: 1, count: 2, index: 'd/model.safetensors.index.json' });
  expect(shardNumber('model.safetensors')).toBeUndefined();
});
