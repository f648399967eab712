// Compiles assembly/ to build/: for memory of one thread and for shared memory, each with and without the fused multiply-add of relaxed SIMD.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));
const [plain, fused] = [
  { suffix: '', multiplyAdd: 'multiply-add-plain', flags: [] },
  { suffix: '-fused', multiplyAdd: 'multiply-add-fused', flags: ['--enable', 'relaxed-simd'] },
];
const [single, shared] = [
  { name: 'kernels', flags: [] },
  { name: 'kernels-threads', flags: ['--enable', 'threads', '--sharedMemory'] },
];

await mkdir(join(folder, 'build'), { recursive: true });
for (const memory of [single, shared])
  for (const sum of [plain, fused]) {
    const name = memory.name + sum.suffix;
    const { error, stderr } = await asc.main(
      [
        ...['assembly/index.ts', '--baseDir', folder, '--outFile', `${name}.wasm`],
        ...['--runtime', 'stub', '--optimizeLevel', '3', '--converge', '--noAssert', '--enable', 'simd'],
        ...['--importMemory', '--initialMemory', '1', '--maximumMemory', '65536', ...memory.flags, ...sum.flags],
      ],
      {
        stdout: undefined,
        readFile: async path => {
          const file = basename(path) === 'multiply-add.ts' ? join('assembly', `${sum.multiplyAdd}.ts`) : path;
          return readFile(join(folder, file), 'utf8').catch(() => null);
        },
        writeFile: async (path, contents) => {
          requireNoData(name, contents);
          const target = join(folder, 'build', path);
          const temporary = `${target}.${process.pid}`;
          await writeFile(temporary, contents);
          await rename(temporary, target);
        },
        listFiles: () => [],
      },
    );
    if (error) throw new Error(`${name}.wasm could not be compiled: ${error.message}\n${stderr}`);
  }

// All memory belongs to TensorFlow.js, whose values static data would overwrite. Section 11 of a module holds its data.
function requireNoData(name, bytes) {
  const number = at => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      value |= (bytes[at] & 127) << shift;
      if (bytes[at++] < 128) return [value, at];
    }
  };
  for (let at = 8; at < bytes.length; ) {
    const section = bytes[at];
    const [size, begin] = number(at + 1);
    if (section === 11 && bytes[begin] > 0)
      throw new Error(`${name}.wasm brings static data: no strings, arrays or Math functions with tables in assembly/.`);
    at = begin + size;
  }
}
