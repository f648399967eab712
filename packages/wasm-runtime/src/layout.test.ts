import { expect, it } from 'vitest';
import { Layout } from './layout.js';

/** An empty module with a section `layout`. */
function moduleWith(layout: object): WebAssembly.Module {
  const [name, text] = ['layout', JSON.stringify(layout)].map(part => new TextEncoder().encode(part));
  const size = 1 + name!.length + text!.length;
  return new WebAssembly.Module(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 0, size | 128, size >> 7, name!.length, ...name!, ...text!]));
}

const layout = new Layout(
  moduleWith({
    functions: { pad: { source: 'usize', count: 'i32', padding: 'f32' } },
    structs: { Kernel: { lattice: 'Lattice', weight: 'f32', kind: 'i32' } },
  }),
);

it('brings arguments and fields into the order of the compiled side', () => {
  expect(layout.argumentsOf('pad', { padding: 0.5, source: 64, count: 3 })).toEqual([64, 3, 0.5]);
  expect(layout.wordsOf('Kernel', { kind: 2, weight: 1, lattice: 128 })).toEqual([128, 0x3f800000, 2]);
  expect(layout.wordsOf('Kernel', { kind: 2, weight: 1, lattice: 'at 64' }, text => Number(text.slice(3)))).toEqual([64, 0x3f800000, 2]);
  expect(layout.place('Kernel', 'kind')).toBe(2);
});

it('says that a module is of an older build, and which one', () => {
  const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  expect(() => new Layout(empty, 'build/x.wasm')).toThrow('build/x.wasm is of an older build: run the build script of its package again');
});

it('refuses names that one side does not know', () => {
  expect(() => layout.argumentsOf('pad', { source: 64, count: 3 })).toThrow('pad lacks its padding');
  expect(() => layout.wordsOf('Kernel', { kind: 2, weight: 1, lattice: 128, row: 4 })).toThrow('Kernel has no row');
  expect(() => layout.place('Kernel', 'row')).toThrow('Kernel has no row');
  expect(() => layout.argumentsOf('unpad', {})).toThrow('no unpad');
});
