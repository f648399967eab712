import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type MatlabArray, readMatlab } from './read-matlab.js';

const file = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, 'examples', `${name}.mat`)));
const segmentation = (bytes: Uint8Array): MatlabArray | undefined => {
  const struct = readMatlab(bytes).get('GTcls');
  return struct?.kind === 'struct' ? struct.elements[0]!.get('Segmentation') : undefined;
};
/** Rows 0 0 1 1 20, 0 15 15 1 255, 0 0 0 0 0, 7 7 7 0 0, column by column. */
const columns = [0, 0, 0, 7, 0, 15, 0, 7, 1, 15, 0, 7, 1, 1, 0, 0, 20, 255, 0, 0];

describe('readMatlab', () => {
  it.each(['compressed', 'plain', 'double'])('reads a struct with a matrix, written by another program (%s)', name => {
    const found = segmentation(file(name));
    expect(found).toMatchObject({ kind: 'numbers', dimensions: [4, 5] });
    expect(found?.kind === 'numbers' && [...found.values]).toEqual(columns);
  });

  it('reads plain variables and passes over what it does not read', () => {
    const variables = readMatlab(file('other'));
    expect([...variables.keys()]).toEqual(['x', 'name']);
    expect(variables.get('x')).toMatchObject({ kind: 'numbers', dimensions: [2, 3] });
    expect([...(variables.get('x') as { values: Float64Array }).values].map(Number)).toEqual([0, 3, 1, 4, 2, 5]);
    expect(variables.get('name')).toEqual({ kind: 'other', dimensions: [1, 5] });
  });

  it('refuses what is no such file', () => {
    expect(() => readMatlab(new Uint8Array(0))).toThrow('the file is empty');
    expect(() => readMatlab(new Uint8Array(300))).toThrow('no MATLAB file of version 5');
    expect(() => readMatlab(Buffer.from(`MATLAB 7.3 MAT-file, Platform: GLNXA64${' '.repeat(100)}`))).toThrow('save it with -v7');
  });

  it('names truncation wherever the file is cut', () => {
    for (const name of ['plain', 'compressed']) {
      const whole = file(name);
      for (let length = 129; length < whole.length; length++)
        expect(() => readMatlab(whole.subarray(0, length)), `${name} cut after ${length}`).toThrow(/truncated|damaged/);
    }
  });

  it('survives any byte being changed', () => {
    const whole = file('plain');
    for (let i = 128; i < whole.length; i++)
      for (const flip of [1, 0x80, 0xff]) {
        const bytes = whole.map((byte, at) => (at === i ? byte ^ flip : byte));
        try {
          readMatlab(bytes);
        } catch (error) {
          expect((error as Error).message).toMatch(/truncated|damaged|nested/);
        }
      }
  });
});
