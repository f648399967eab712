// Compiles the AssemblyScript of the package in whose folder it is started: assembly/index.ts becomes build/NAME.js for each NAME of
// assembly/builds.json, which says what instructions to enable and which file to take in the place of another one. The file exports the
// compiled module as text (`wasm`, base64), so that it goes wherever the package's code goes: into any bundle, without configuration.
//
// A custom section `layout` of the result names the parameters of its functions and the fields of its structs, each with its type and in
// order: { functions: { NAME: { PARAMETER: TYPE } }, structs: { NAME: { FIELD: TYPE } } }. @wsss/wasm-runtime gives arguments by these
// names.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ElementKind } from 'assemblyscript';
import asc from 'assemblyscript/asc';
import { Transform } from 'assemblyscript/transform';
import { writeText } from './write-text.mjs';

const folder = process.cwd();
const options = ['--runtime', 'stub', '--optimizeLevel', '3', '--converge', '--noAssert', '--importMemory'];
const memory = ['--initialMemory', '1', '--maximumMemory', '65536'];

class Layout extends Transform {
  afterCompile(module) {
    // All memory belongs to the caller, who would overwrite static data.
    if (module.getNumDataSegments() > 0)
      throw new Error('there is static data in assembly/: no strings, arrays or Math functions with tables there.');
    const { filesByName, elementsByName } = this.program;
    const functions = {};
    for (const [name, { instances, functionTypeNode }] of filesByName.get('assembly/index').exports) {
      const { parameterTypes } = [...instances.values()][0].signature;
      functions[name] = Object.fromEntries(functionTypeNode.parameters.map(({ name }, i) => [name.text, nameOf(parameterTypes[i])]));
    }
    const structs = {};
    for (const { kind, instances, internalName } of elementsByName.values())
      if (kind === ElementKind.ClassPrototype && internalName.startsWith('assembly/'))
        for (const struct of instances?.values() ?? []) structs[struct.name] = fieldsOf(struct);
    module.addCustomSection('layout', new TextEncoder().encode(JSON.stringify({ functions, structs })));
  }
}

function fieldsOf({ name: struct, members }) {
  const fields = [...members.values()].map(member => member.instance).sort((a, b) => a.memoryOffset - b.memoryOffset);
  for (const [i, { name, memoryOffset }] of fields.entries())
    if (memoryOffset !== 4 * i) throw new Error(`field ${name} of ${struct} is no word of four bytes`);
  return Object.fromEntries(fields.map(({ name, type }) => [name, nameOf(type)]));
}

/** `i32`, `f32`, … or the name of a struct, for its address. */
const nameOf = type => type.classReference?.name ?? type.toString();

await mkdir(join(folder, 'build'), { recursive: true });
const builds = JSON.parse(await readFile(join(folder, 'assembly', 'builds.json'), 'utf8'));
for (const [name, { enable = [], sharedMemory = false, replace = {} }] of Object.entries(builds)) {
  const features = [...enable.flatMap(feature => ['--enable', feature]), ...(sharedMemory ? ['--sharedMemory'] : [])];
  const { error, stderr } = await asc.main(
    ['assembly/index.ts', '--baseDir', folder, '--outFile', `${name}.wasm`, ...options, ...memory, ...features],
    {
      stdout: undefined,
      transforms: [Layout],
      readFile: path => readFile(join(folder, replace[path] ?? path), 'utf8').catch(() => null),
      writeFile: (_, contents) => writeText(join(folder, 'build'), name, 'wasm', Buffer.from(contents).toString('base64')),
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${name}.wasm could not be compiled: ${error.message}\n${stderr}`);
}
