import { type NumericArray, npyType, parseNpy, parseNpz, parseObjectNpy, readWholeFile, refusal } from '@wsss/numpy';
import { describeLeaves, flatten } from './pytorch/flatten.js';
import { isLegacyPytorch, parsePytorch } from './pytorch/parse-pytorch.js';
import { parseSafetensors, type StateDict, type WeightsContent } from './safetensors.js';

/** What a file of weights holds, whatever its format. */
export interface WeightsFile extends WeightsContent {
  format: 'safetensors' | 'PyTorch' | 'NumPy';
}

/**
 * Reads a file of weights of any format that {@link parseWeights} knows, in Node.
 *
 * @param file its path.
 * @throws Error naming the file if it is missing, and FileFormatError if it cannot be read as weights.
 *
 * @example
 * const { tensors } = await readWeights('deit_base_patch16_224-b5f2ef4d.pth');
 * vit.load(encoderWeights(tensors).tensors);
 */
export async function readWeights(file: string): Promise<WeightsFile> {
  const bytes = await readWholeFile(file).catch(error => {
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
  });
  return parseWeights(bytes, file);
}

/**
 * Reads weights of any of these formats, told apart by their content: safetensors, PyTorch's `.pth` (`.pt`, `.bin`), NumPy's `.npy` and
 * `.npz`. Nothing in the file is executed. See {@link parseSafetensors}, {@link parsePytorch} and `@wsss/numpy` for what is refused.
 *
 * @param bytes the whole file. Tensors share memory with it where they can.
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the file is of none of these formats, malformed, truncated or hostile.
 */
export function parseWeights(bytes: Uint8Array, source = 'weights'): WeightsFile {
  const begins = (text: string, at = 0) => [...text].every((character, i) => bytes[at + i] === character.charCodeAt(0));
  if (begins('\x93NUMPY')) return parseNpyWeights(bytes, source);
  const isZip = begins('PK\x03\x04') || begins('PK\x05\x06');
  if (isZip && holdsArrays(bytes)) return { format: 'NumPy', tensors: parseNpz(bytes, source), metadata: {}, types: new Map() };
  if (isZip || isLegacyPytorch(bytes)) return { format: 'PyTorch', ...parsePytorch(bytes, source) };
  if (bytes[8] === 0x7b) return { format: 'safetensors', ...parseSafetensors(bytes, source) };
  const [, , what, advice] = others.find(([start, at]) => begins(start, at)) ?? [];
  const unknown = bytes.length ? 'its beginning is that of no known format' : 'it is empty';
  return refusal(source, 'file of weights', advice ?? 'Known are safetensors, PyTorch (.pth) and NumPy (.npy, .npz).')(what ?? unknown);
}

/** What else one may come upon, by the characters at a place in it. */
const others: readonly [start: string, at: number, what: string, advice: string][] = [
  [
    'ustar',
    257,
    'it is a tar archive, PyTorch’s format before 2017',
    'Open it with an old PyTorch and save it again, or find other weights.',
  ],
  ['\x80', 0, 'it is a plain Python pickle', "Save the tensors with torch.save(state_dict, 'weights.pth') or the arrays with numpy.savez."],
  ['version https://git-lfs', 0, 'it is a Git LFS pointer, not the file itself', 'Fetch it with git lfs pull.'],
  ['\x89HDF', 0, 'it is an HDF5 file of Keras', 'Export it as safetensors.'],
  ['<', 0, 'it is a web page', 'Fetch the file itself; the download was answered by a page.'],
];

/** Whether an archive begins with an array, as NumPy's do. */
function holdsArrays(bytes: Uint8Array): boolean {
  const length = bytes[26]! | (bytes[27]! << 8);
  return new TextDecoder().decode(bytes.subarray(30, 30 + length)).endsWith('.npy');
}

/** A single array is called `array`; arrays in a dict have its keys. */
function parseNpyWeights(bytes: Uint8Array, source: string): WeightsFile {
  const type = npyType(bytes, source);
  if (type !== 'object')
    return { format: 'NumPy', tensors: new Map([['array', parseNpy(bytes, source)]]), metadata: {}, types: new Map([['array', type]]) };
  const refuse = refusal(source, 'file of weights', 'Save arrays of numbers with numpy.savez.');
  const { values } = parseObjectNpy(bytes, source);
  const isArray = (value: object): value is NumericArray => 'data' in value && ArrayBuffer.isView(value.data);
  const leaves = flatten(values.length === 1 ? values[0] : values, isArray, refuse);
  const tensors: StateDict = new Map();
  for (const [name, leaf] of leaves)
    if (typeof leaf === 'object' && leaf !== null && isArray(leaf)) {
      tensors.set(name || 'array', { shape: leaf.shape, data: leaf.data });
      leaves.delete(name);
    }
  return { format: 'NumPy', tensors, metadata: describeLeaves(leaves), types: new Map() };
}
