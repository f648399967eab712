import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Picture } from '../dataset.js';

const folder = resolve(import.meta.dirname, '../../../../fixtures/golden');

/** A case of the recorded numbers in fixtures/golden, its tensors read as bytes. */
export function recordedCase(name: string) {
  const file = readFileSync(join(folder, `${name}.safetensors`));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const entry = (tensor: string) => {
    const found = header[tensor];
    if (found?.dtype !== 'U8') throw new Error(`recorded case ${name}: no U8 tensor ${tensor}`);
    const [from, to] = found.data_offsets.map(offset => offset + 8 + headerLength);
    return { shape: found.shape, data: new Uint8Array(file.subarray(from, to)) };
  };
  return {
    description: JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as {
      values: Record<string, unknown>;
      settings: Record<string, unknown>;
    },
    bytes: (tensor: string): Uint8Array => entry(tensor).data,
    /** A tensor [height, width, 3]. */
    picture: (tensor: string): Picture => {
      const { shape, data } = entry(tensor);
      return { width: shape[1]!, height: shape[0]!, data };
    },
  };
}

/** Largest and mean absolute difference of two byte arrays of the same length. */
export function difference(a: Uint8Array, b: Uint8Array): { largest: number; mean: number } {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let largest = 0;
  let sum = 0;
  a.forEach((value, i) => {
    const apart = Math.abs(value - b[i]!);
    largest = Math.max(largest, apart);
    sum += apart;
  });
  return { largest, mean: sum / a.length };
}
