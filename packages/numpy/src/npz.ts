import type { NumericArray } from './elements.js';
import { refusal } from './file-format-error.js';
import { parseNpy } from './npy.js';
import { readZip } from './zip.js';

/**
 * Reads a NumPy `.npz` file, compressed or not: arrays of numbers or booleans by name, as {@link parseNpy} reads each.
 *
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the file or one of its arrays is malformed, truncated or of a type that is not read.
 */
export function parseNpz(bytes: Uint8Array, source = '.npz file'): Map<string, NumericArray> {
  const refuse = refusal(source, '.npz file', 'Save arrays of numbers with numpy.savez.');
  const arrays = new Map<string, NumericArray>();
  for (const [name, entry] of readZip(bytes, refuse)) {
    if (!name.endsWith('.npy')) refuse(`it holds ${JSON.stringify(name.slice(0, 60))}, which is no array`);
    arrays.set(name.slice(0, -4), parseNpy(entry.read(), `${source}: ${name.slice(0, 200)}`));
  }
  return arrays;
}
