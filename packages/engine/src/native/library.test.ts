import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder, findLibrary, hasWheel, libraryIn, wheelLibraries } from './library.js';

let root: string;

const touch = (...files: string[]) => {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wsss-library-'));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  vi.stubEnv('PATH', '');
});

afterEach(() => {
  rmSync(root, { recursive: true });
  vi.unstubAllEnvs();
});

describe.skipIf(process.platform !== 'linux')('libraryIn', () => {
  it('finds the two libraries of a Python package, given the package or the folder around it', () => {
    touch(
      'site/tensorflow/libtensorflow_cc.so.2',
      'site/tensorflow/libtensorflow_framework.so.2',
      'site/nvidia/cublas/lib/libcublas.so.12',
      'site/nvidia/cublas/lib/__init__.py',
    );
    const folder = join(root, 'site/tensorflow');
    const library = {
      folder,
      files: [join(folder, 'libtensorflow_framework.so.2'), join(folder, 'libtensorflow_cc.so.2')],
      nvidia: [join(root, 'site/nvidia/cublas/lib/libcublas.so.12')],
    };
    expect(libraryIn(folder)).toEqual(library);
    expect(libraryIn(join(root, 'site'))).toEqual(library);
  });

  it('finds the C library, as tfjs-node unpacks it', () => {
    touch('deps/lib/libtensorflow.so.2', 'deps/lib/libtensorflow_framework.so.2');
    expect(libraryIn(join(root, 'deps'))?.files.at(-1)).toBe(join(root, 'deps/lib/libtensorflow.so.2'));
  });

  it('wants both', () => {
    touch('half/libtensorflow_cc.so.2');
    expect(libraryIn(join(root, 'half'))).toBeUndefined();
  });
});

describe.skipIf(!hasWheel())('findLibrary', () => {
  it('looks where installTensorFlow puts it; what is for GPUs runs on the processor too', () => {
    touch(...wheelLibraries.map(name => `cache/wsss/tensorflow/cuda/tensorflow/${name}`));
    expect(findLibrary('cuda').folder).toBe(join(cacheFolder('cuda'), 'tensorflow'));
    expect(findLibrary('native').folder).toBe(join(cacheFolder('cuda'), 'tensorflow'));
    touch(...wheelLibraries.map(name => `cache/wsss/tensorflow/native/${name}`));
    expect(findLibrary('native').folder).toBe(cacheFolder('native'));
  });

  it('looks nowhere else when WSSS_TENSORFLOW names a folder', () => {
    touch(...wheelLibraries.flatMap(name => [`cache/wsss/tensorflow/native/${name}`, `given/${name}`]));
    vi.stubEnv('WSSS_TENSORFLOW', join(root, 'given'));
    expect(findLibrary('native').folder).toBe(join(root, 'given'));
    vi.stubEnv('WSSS_TENSORFLOW', join(root, 'empty'));
    expect(() => findLibrary('native')).toThrow(`There is no TensorFlow library in ${join(root, 'empty')}. Name a folder with`);
  });

  it("finds the library that tfjs-node has downloaded, seen from the program's folder", () => {
    const tfjsNode = 'node_modules/@tensorflow/tfjs-node';
    touch(`${tfjsNode}/package.json`, `${tfjsNode}/deps/lib/libtensorflow.so.2`, `${tfjsNode}/deps/lib/${wheelLibraries[0]}`);
    writeFileSync(join(root, tfjsNode, 'package.json'), '{}');
    vi.spyOn(process, 'cwd').mockReturnValue(root);
    expect(findLibrary('native').folder).toBe(realpathSync(join(root, tfjsNode, 'deps/lib')));
    expect(() => findLibrary('cuda')).toThrow('No TensorFlow library for GPUs was found');
    touch(...wheelLibraries.map(name => `cache/wsss/tensorflow/native/${name}`));
    expect(findLibrary('native').folder).toBe(cacheFolder('native'));
    expect(findLibrary('native', undefined, true).folder).toBe(realpathSync(join(root, tfjsNode, 'deps/lib'))); // where that runs already
    vi.restoreAllMocks();
  });

  it('says what to type if there is none', () => {
    expect(() => findLibrary('native')).toThrow('No TensorFlow library was found. Type: npx wsss-engine install native');
    expect(() => findLibrary('cuda')).toThrow('No TensorFlow library for GPUs was found. Type: npx wsss-engine install cuda');
  });
});
