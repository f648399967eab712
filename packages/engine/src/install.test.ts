import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installTensorFlow } from './install.js';
import { chooseWheel, pipArguments } from './native/download.js';
import { hasWheel, wheelLibraries } from './native/library.js';
import { makeWheel } from './test/wheel.js';

let root: string;
let cache: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wsss-install-'));
  cache = join(root, 'wsss', 'tensorflow');
  vi.stubEnv('XDG_CACHE_HOME', root);
});

afterEach(() => {
  rmSync(root, { recursive: true });
  vi.unstubAllEnvs();
});

const libraries = Object.fromEntries(wheelLibraries.map(name => [`tensorflow/${name}`, `bytes of ${name}`]));

const wheel = (name: string, contents: Record<string, string>, record?: string) => {
  writeFileSync(join(root, name), makeWheel(contents, record));
  return join(root, name);
};

describe.skipIf(!hasWheel())('installTensorFlow', () => {
  it('takes the two libraries out of a wheel, checks them and keeps nothing else', async () => {
    const from = wheel('tensorflow_cpu-2.20.0-cp311-cp311-linux.whl', { ...libraries, 'tensorflow/__init__.py': 'raise' });
    const check = vi.fn(async () => {});
    const { folder, bytes } = await installTensorFlow('native', { from, check });
    expect(folder).toBe(join(cache, 'native'));
    expect(readdirSync(folder).sort()).toEqual([...wheelLibraries, 'VERSION'].sort());
    expect(readFileSync(join(folder, wheelLibraries[0]!), 'utf8')).toBe(`bytes of ${wheelLibraries[0]}`);
    expect(bytes).toBe(Object.values(libraries).join('').length + '2.20.0'.length);
    expect(check).toHaveBeenCalledWith(expect.stringContaining('partial'));
    expect(readdirSync(cache)).toEqual(['native']);
    expect(existsSync(from)).toBe(true);
  });

  it('says so when that version is there already, and replaces another one', async () => {
    const check = vi.fn(async () => {});
    const said: string[] = [];
    const first = wheel('tensorflow-2.19.0-cp311-cp311-linux.whl', libraries);
    await installTensorFlow('native', { from: first, check });
    await installTensorFlow('native', { version: '2.19.0', check, onProgress: message => said.push(message) });
    expect(said).toEqual([`TensorFlow 2.19.0 is installed already, in ${join(cache, 'native')}`]);
    expect(check).toHaveBeenCalledTimes(1);
    await installTensorFlow('native', { from: wheel('tensorflow-2.20.0-cp311-cp311-linux.whl', libraries), check });
    expect(readFileSync(join(cache, 'native', 'VERSION'), 'utf8')).toBe('2.20.0');
  });

  it.skipIf(process.platform !== 'linux')('for GPUs takes the libraries of CUDA too, from a folder of wheels', async () => {
    mkdirSync(join(root, 'wheels'));
    wheel('wheels/tensorflow-2.21.0-cp311-cp311-linux.whl', libraries);
    wheel('wheels/nvidia_cublas_cu12-12.5-py3-none-linux.whl', {
      'nvidia/cublas/lib/libcublas.so.12': 'cublas',
      'nvidia/cublas/include/cublas.h': '',
      'nvidia/__init__.py': '',
    });
    const { folder } = await installTensorFlow('cuda', { from: join(root, 'wheels'), check: async () => {} });
    expect(readdirSync(folder).sort()).toEqual(['VERSION', 'nvidia', 'tensorflow']);
    expect(readdirSync(join(folder, 'nvidia', 'cublas'))).toEqual(['lib']);
  });

  it('leaves what was there, and nothing half-done, when anything fails', async () => {
    await installTensorFlow('native', { from: wheel('tensorflow-2.19.0-x.whl', libraries), check: async () => {} });
    const fail = (from: string, check = async () => {}) => expect(installTensorFlow('native', { from, check })).rejects;
    await fail(wheel('tensorflow-2.20.0-x.whl', libraries), async () => {
      throw new Error('it does not load');
    }).toThrow('it does not load');
    await fail(wheel('tensorflow-2.20.1-x.whl', { 'tensorflow/other': '' })).toThrow('does not contain');
    await fail(wheel('tensorflow-2.20.2-x.whl', libraries, 'tensorflow/other,sha256=x,1')).toThrow('checksum');
    writeFileSync(join(root, 'tensorflow-2.20.3-x.whl'), 'no zip');
    await fail(join(root, 'tensorflow-2.20.3-x.whl')).toThrow('cannot be unpacked');
    await fail(join(root, 'numpy-1.0-x.whl')).toThrow('There is no wheel');
    await fail(wheel('numpy-1.0-x.whl', {})).toThrow('no wheel of TensorFlow');
    expect(readdirSync(cache)).toEqual(['native']);
    expect(readFileSync(join(cache, 'native', 'VERSION'), 'utf8')).toBe('2.19.0');
  });

  it('clears what a killed installation left, but not what a running one is doing', async () => {
    mkdirSync(join(cache, 'native.partial-999999999'), { recursive: true });
    mkdirSync(join(cache, `native.partial-${process.ppid}`));
    await installTensorFlow('native', { from: wheel('tensorflow-2.19.0-x.whl', libraries), check: async () => {} });
    expect(readdirSync(cache).sort()).toEqual(['native', `native.partial-${process.ppid}`]);
  });
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('what is downloaded', () => {
  it('is asked of pip for a fixed Python, whatever is installed here', () => {
    const plain = pipArguments({ project: 'tensorflow-cpu', version: '2.21.0' }, '/to').join(' ');
    expect(plain).toMatch(
      /^download tensorflow-cpu==2\.21\.0 --no-deps --only-binary=:all: --python-version 3\.11 .*--dest \/to --platform manylinux_2_28_x86_64/,
    );
    expect(pipArguments({ project: 'tensorflow', version: '2.21.0', extra: 'and-cuda' }, '/to').slice(0, 3)).toEqual([
      'download',
      'tensorflow[and-cuda]==2.21.0',
      '--only-binary=:all:',
    ]);
  });

  it('is chosen from what the index has', () => {
    const name = (tags: string) => ({ filename: `tensorflow_cpu-2.21.0-${tags}.whl` });
    const files = ['cp310-cp310-manylinux_2_27_x86_64', 'cp311-cp311-win_amd64', 'cp311-cp311-manylinux_2_27_x86_64'].map(name);
    expect(chooseWheel(files)).toBe(files[2]);
    expect(chooseWheel(files.slice(0, 2))).toBeUndefined();
  });
});
