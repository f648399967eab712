import { readFileSync } from 'node:fs';
import { FileFormatError, parseNpz } from '@wsss/numpy';
import { describe, expect, it } from 'vitest';
import { parsePytorch } from './parse-pytorch.js';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));

describe('files of torch.save', () => {
  it.each(['state-dict', 'training', 'types', 'views'].flatMap(name => [name, `${name}-legacy`]))('%s holds what NumPy says', name => {
    const { tensors } = parsePytorch(fixture(`${name}.pth`), `${name}.pth`);
    expect(tensors).toEqual(parseNpz(fixture(`${name}.npz`)));
  });

  it('tells how numbers are stored', () => {
    const { types } = parsePytorch(fixture('types.pth'));
    const stored = ['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'];
    expect(stored.map(name => types.get(`${name}.0`))).toEqual(['f64', 'f32', 'f16', 'bf16', 'i64', 'i32', 'i16', 'i8', 'u8', 'bool']);
  });

  it('says what else there is', () => {
    expect(parsePytorch(fixture('training.pth')).metadata).toMatchObject({
      epoch: '3',
      best: '0.5',
      name: 'net',
      done: 'false',
      none: 'null',
      'optimizer.param_groups.0.lr': '0.001',
    });
  });

  it('reads a tensor alone', () => {
    expect(parsePytorch(fixture('bare-tensor.pth')).tensors).toEqual(new Map([['tensor', { shape: [2], data: Float32Array.of(1, 2) }]]));
  });

  it('keeps shared storages shared, without a copy', () => {
    const bytes = new Uint8Array(fixture('views.pth'));
    const { tensors } = parsePytorch(bytes);
    for (const name of ['whole', 'shared', 'middle', 'matrix', 'nested.a.1.1.b'])
      expect(tensors.get(name)!.data.buffer, name).toBe(bytes.buffer);
    tensors.get('whole')!.data[4] = 100;
    expect([tensors.get('middle')!.data[0], tensors.get('transposed')!.data[16]]).toEqual([100, 4]);
  });

  it.each([
    ['module.pth', 'it names "torch.nn.modules.linear.Linear", which is not plain data; nothing was executed'],
    ['numpy-scalar.pth', 'numpy._core.multiarray.scalar"'],
    ['sparse.pth', 'torch._utils._rebuild_sparse_tensor'],
    ['script.pth', 'it is a TorchScript program, not weights'],
    ['complex.pth', 'torch.ComplexFloatStorage'],
  ])('refuses %s', (name, message) => {
    expect(() => parsePytorch(fixture(name), name)).toThrow(FileFormatError);
    expect(() => parsePytorch(fixture(name), name)).toThrow(message);
  });

  it.each(['state-dict.pth', 'state-dict-legacy.pth'])('refuses %s cut anywhere', name => {
    const bytes = fixture(name);
    for (let length = 0; length < bytes.length; length += 37)
      expect(() => parsePytorch(bytes.subarray(0, length), name), `${length}`).toThrow(FileFormatError);
  });
});
