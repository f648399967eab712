// Compiles assembly/ to build/: with SIMD, with SIMD and shared memory for threads, and scalar for engines that have neither.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));
const variants = [
  { name: 'lattice-simd', lanes: 'lanes-simd', flags: ['--enable', 'simd'] },
  { name: 'lattice-threads', lanes: 'lanes-simd', flags: ['--enable', 'simd', '--enable', 'threads', '--sharedMemory'] },
  { name: 'lattice-scalar', lanes: 'lanes-scalar', flags: [] },
];

await mkdir(join(folder, 'build'), { recursive: true });
for (const { name, lanes, flags } of variants) {
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      '--baseDir',
      folder,
      '--outFile',
      `${name}.wasm`,
      '--runtime',
      'stub',
      '--optimizeLevel',
      '3',
      '--converge',
      '--noAssert',
      '--importMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      ...flags,
    ],
    {
      stdout: undefined,
      readFile: async path => {
        const file = basename(path) === 'lanes.ts' ? join('assembly', `${lanes}.ts`) : path;
        return readFile(join(folder, file), 'utf8').catch(() => null);
      },
      writeFile: async (path, contents) => {
        await requireEmptyMemory(name, contents);
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

// All memory belongs to the caller (src/heap.ts), which would overwrite static data.
async function requireEmptyMemory(name, contents) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: name === 'lattice-threads' });
  await WebAssembly.instantiate(contents, { env: { memory, abort: () => {} } });
  if (new Uint8Array(memory.buffer).some(byte => byte !== 0))
    throw new Error(`${name}.wasm brings static data: no strings, arrays or Math functions with tables in assembly/.`);
}
