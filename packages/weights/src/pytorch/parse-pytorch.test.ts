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

  it('reads what torch.load(weights_only=True) reads', () => {
    const { tensors, integers, opaque, metadata, types } = parsePytorch(fixture('plain.pth'));
    expect(tensors).toEqual(parseNpz(fixture('plain.npz')));
    expect([...integers].map(([name, { data }]) => [name, ...data])).toEqual([
      ['wide', 2n ** 40n, -3n],
      ['uint32', 0n, 2n ** 32n - 1n],
    ]);
    expect(['uint16', 'uint32', 'uint64', 'e4m3', 'e5m2fnuz'].map(name => types.get(name))).toEqual([
      ...['u16', 'u32', 'u64', 'f8_e4m3', 'f8_e5m2fnuz'],
    ]);
    expect(Object.fromEntries(opaque)).toEqual({
      'complex tensor': 'torch.ComplexFloatStorage of shape [2]',
      quantized: 'torch._utils._rebuild_qtensor',
      sparse: 'torch._utils._rebuild_sparse_tensor',
      meta: 'torch._utils._rebuild_meta_tensor_no_storage',
    });
    expect(metadata).toMatchObject({
      ...{ 'counter.a': '2', device: 'cuda:1', dtype: 'torch.float16', 'size.1': '2', 'set.0': '1', bytes: '2 bytes' },
      ...{ bytearray: '3 bytes', complex: '1-2j', seed: `${2n ** 127n + 1n}`, 'keys.2.5': '1' },
    });
  });

  it.each(['objects-2.pth', 'objects-4.pth'])('leaves objects of unknown classes opaque: %s', name => {
    const { tensors, opaque, metadata } = parsePytorch(fixture(name));
    expect(tensors).toEqual(new Map([['model.weight', { shape: [3], data: Float32Array.of(0, 1, 2) }]]));
    expect(Object.fromEntries(opaque)).toMatchObject({
      ...{ args: 'argparse.Namespace', mode: '__main__.Mode', path: 'pathlib.PurePosixPath', config: '__main__.Dict' },
      ...{ time: 'numpy._core.multiarray.scalar', module: 'torch.nn.modules.linear.Linear', partial: 'functools.partial' },
    });
    expect(metadata).toEqual({ 'deque.0': '1', 'deque.1': '2', 'default.a.0': '1' });
  });

  it('reads weights beside a NumPy number', () => {
    const { tensors, opaque } = parsePytorch(fixture('numpy-scalar.pth'));
    expect([tensors.has('model.norm.weight'), opaque.get('time')]).toEqual([true, 'numpy._core.multiarray.scalar']);
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
