import { type NumericArray, npyDescr, npyType, parseObjectNpy, parseWideNpy, readWholeFile, readZip, refusal } from '@wsss/numpy';
import { describeLeaves, flatten } from './pytorch/flatten.js';
import { isLegacyPytorch, parsePytorch } from './pytorch/parse-pytorch.js';
import { parseSafetensors } from './safetensors.js';
import { joinShards, shardsOf } from './shards.js';
import { keepTensor, noContent, type WeightsFile } from './weights-content.js';

/**
 * Reads a file of weights of any format that {@link parseWeights} knows, in Node.
 *
 * @param file its path; of weights in several files that of their index, such as `model.safetensors.index.json`.
 * @throws Error naming the file if it is missing, and FileFormatError if it cannot be read as weights.
 *
 * @example
 * const { tensors } = await readWeights('deit_base_patch16_224-b5f2ef4d.pth');
 * vit.load(encoderWeights(tensors).tensors);
 */
export async function readWeights(file: string): Promise<WeightsFile> {
  const bytes = await bytesOf(file);
  const shards = shardsOf(bytes, file);
  return shards
    ? joinShards(shards, async name => parseWeights(await bytesOf(beside(file, name)), beside(file, name)), file)
    : parseWeights(bytes, file);
}

async function bytesOf(file: string): Promise<Uint8Array> {
  return await readWholeFile(file).catch(error => {
    const advice = /folder/.test(error.message) ? '; give a file in it, such as model.safetensors or model.safetensors.index.json' : '';
    throw new Error(`${file} cannot be read: ${error.message}${advice}`, { cause: error });
  });
}

/** The path of a file in the folder of another. */
const beside = (file: string, name: string) => file.replace(/[^/\\]*$/, '') + name;

/**
 * Reads weights of any of these formats, told apart by their content: safetensors, PyTorch's `.pth` (`.pt`, `.bin`), NumPy's `.npy` and
 * `.npz`. Nothing in the file is executed. See {@link parseSafetensors}, {@link parsePytorch} and `@wsss/numpy` for what is refused.
 *
 * @param bytes the whole file. Tensors share memory with it where they can.
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the file is of none of these formats, malformed, truncated or hostile.
 */
export function parseWeights(bytes: Uint8Array, source = 'weights'): WeightsFile {
  return { ...contentOf(bytes, source), bytes: bytes.length };
}

type Content = Omit<WeightsFile, 'bytes'>;

function contentOf(bytes: Uint8Array, source: string): Content {
  const begins = (text: string, at = 0) => [...text].every((character, i) => bytes[at + i] === character.charCodeAt(0));
  if (begins('\x93NUMPY')) return parseNpyWeights(bytes, source);
  const isZip = begins('PK\x03\x04') || begins('PK\x05\x06');
  if (isZip && holdsArrays(bytes)) return parseNpzWeights(bytes, source);
  if (isZip || isLegacyPytorch(bytes)) return { format: 'PyTorch', ...parsePytorch(bytes, source) };
  if (bytes[8] === 0x7b) return { format: 'safetensors', ...parseSafetensors(bytes, source) };
  const [, , what, advice] = others.find(([start, at]) => begins(start, at)) ?? [];
  if (shardsOf(bytes, source))
    return refusal(source, 'file of weights', 'Read it from its path with readWeights.')('it is the index of weights in several files');
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

/** The arrays of a `.npz` file. What is no array of numbers stays opaque. */
function parseNpzWeights(bytes: Uint8Array, source: string): Content {
  const refuse = refusal(source, '.npz file', 'Save arrays of numbers with numpy.savez.');
  const found = { format: 'NumPy' as const, ...noContent() };
  for (const [file, entry] of readZip(bytes, refuse)) {
    const name = file.replace(/\.npy$/, '');
    const content = entry.read();
    const described = name === file ? 'no array' : npyDescr(content, `${source}: ${file.slice(0, 200)}`);
    if (typeof described === 'string') found.opaque.set(name, described);
    else {
      keepTensor(found, name, parseWideNpy(content, `${source}: ${file.slice(0, 200)}`), described.type);
    }
  }
  return found;
}

/** A single array is called `array`; arrays in a dict have its keys. */
function parseNpyWeights(bytes: Uint8Array, source: string): Content {
  const type = npyType(bytes, source);
  if (type !== 'object') {
    const found = { format: 'NumPy' as const, ...noContent() };
    keepTensor(found, 'array', parseWideNpy(bytes, source), type);
    return found;
  }
  const refuse = refusal(source, 'file of weights', 'Save arrays of numbers with numpy.savez.');
  const { values } = parseObjectNpy(bytes, source);
  const isArray = (value: unknown): value is NumericArray =>
    typeof value === 'object' && value !== null && 'data' in value && ArrayBuffer.isView(value.data);
  const leaves = flatten(values.length === 1 ? values[0] : values, isArray, isArray, refuse);
  const found = { format: 'NumPy' as const, ...noContent() };
  for (const [name, leaf] of leaves)
    if (isArray(leaf)) {
      found.tensors.set(name || 'array', { shape: leaf.shape, data: leaf.data });
      leaves.delete(name);
    }
  return { ...found, metadata: describeLeaves(leaves) };
}
