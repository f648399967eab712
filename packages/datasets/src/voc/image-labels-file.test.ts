import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readImageLabels } from './image-labels-file.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-labels-'));
afterAll(() => rmSync(folder, { recursive: true }));
const example = (name: string) => join(import.meta.dirname, 'examples', `${name}.npy`);
const present = (labels: Map<string, Float32Array>) =>
  [...labels].map(([name, row]) => [name, [...row].flatMap((label, k) => (label ? [k] : []))]);

it('reads what numpy.save made of a dict, by names or by numbers', async () => {
  expect(present(await readImageLabels(example('one-hot'), 20))).toEqual([
    ['2007_01', [6, 14]],
    ['2008_03', [0]],
  ]);
  expect(present(await readImageLabels(example('numbered'), 20))).toEqual([
    ['2007_000032', [6, 14]],
    ['2008_000003', [0]],
  ]);
});

it('names the file and what is wrong', async () => {
  await expect(readImageLabels(example('one-hot'), 80)).rejects.toThrow(
    /one-hot\.npy: entry "2007_01" is \[0, 0, .*expected a dict of 80 zeros and ones/,
  );
  await expect(readImageLabels(example('no'), 20)).rejects.toThrow(/no\.npy cannot be read: the file does not exist/);
  const bytes = readFileSync(example('one-hot'));
  writeFileSync(join(folder, 'cut.npy'), bytes.subarray(0, bytes.length - 30));
  await expect(readImageLabels(join(folder, 'cut.npy'), 20)).rejects.toThrow('cut.npy');
  writeFileSync(join(folder, 'code.npy'), Buffer.from(bytes.toString('latin1').replace('numpy', 'posix'), 'latin1'));
  await expect(readImageLabels(join(folder, 'code.npy'), 20)).rejects.toThrow('code.npy');
});
