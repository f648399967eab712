// Compiles assembly/ to build/pixels.wasm.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));
await mkdir(join(folder, 'build'), { recursive: true });
const options = ['--runtime', 'stub', '--optimizeLevel', '3', '--converge', '--noAssert', '--importMemory', '--enable', 'simd'];
const { error, stderr } = await asc.main(
  ['assembly/index.ts', '--baseDir', folder, '--outFile', 'pixels.wasm', '--initialMemory', '1', '--maximumMemory', '65536', ...options],
  {
    stdout: undefined,
    readFile: path => readFile(join(folder, path), 'utf8').catch(() => null),
    writeFile: async (path, contents) => {
      const target = join(folder, 'build', path);
      await writeFile(`${target}.${process.pid}`, contents);
      await rename(`${target}.${process.pid}`, target);
    },
    listFiles: () => [],
  },
);
if (error) throw new Error(`pixels.wasm could not be compiled: ${error.message}\n${stderr}`);
