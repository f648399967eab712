import { OpaqueObject, type Refuse, readZip, refusal, unpickle } from '@wsss/numpy';
import { keepTensor, noContent, type WeightsContent } from '../weights-content.js';
import { describeLeaves, flatten } from './flatten.js';
import { materializer } from './materialize.js';
import { isTorchLeaf, StorageReference, TensorView, torchRules } from './torch-pickle.js';

const ADVICE = "Only tensors in dicts and lists are read. In Python, save these alone: torch.save(model.state_dict(), 'weights.pth').";
const LEGACY_MAGIC = Uint8Array.of(0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);

/** Whether a file begins as `torch.save` wrote it before PyTorch 1.6 (and still does on request): pickles, then storages. */
export function isLegacyPytorch(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && LEGACY_MAGIC.every((byte, i) => bytes[2 + i] === byte);
}

/**
 * Reads a file of `torch.save` as data: tensors in dicts, OrderedDicts, lists and tuples, such as a state dict or a training checkpoint.
 * Nothing in it is executed. What `torch.load(weights_only=True)` reads is read, but for complex, quantized and sparse tensors: these and
 * objects of any other class are left `opaque`. The names of nested dicts and lists are joined by dots (`model.norm.weight`,
 * `optimizer.state.0.exp_avg`).
 *
 * Both the zip format (since PyTorch 1.6) and the one before it are read. Floats become float32 and integers int32; those that
 * need more bits come apart, as int64; bytes and booleans stay. float32 tensors that are contiguous share memory with `bytes` where its
 * alignment permits, and so with each other where they shared a storage in PyTorch.
 *
 * @param source What errors call the file, usually its path.
 * @throws FileFormatError when the file is malformed, truncated or hostile, or there is nothing in it but what stays opaque.
 *
 * @example
 * const { tensors } = parsePytorch(await readFile('deit_tiny.pth'), 'deit_tiny.pth');
 * tensors.get('model.cls_token')?.shape; // [1, 1, 192]
 */
export function parsePytorch(bytes: Uint8Array, source = '.pth file'): WeightsContent {
  const refuse = refusal(source, 'PyTorch file', ADVICE);
  const { value, storage } = isLegacyPytorch(bytes) ? readLegacy(bytes, refuse) : readArchive(bytes, refuse);
  const tensorOf = materializer(storage, refuse);
  const leaves = flatten(value, isTorchLeaf, leaf => leaf instanceof TensorView, refuse);
  const content = noContent();
  for (const [path, leaf] of leaves) {
    const name = path || 'tensor'; // a file may hold a tensor alone
    if (leaf instanceof TensorView) keepTensor(content, name, tensorOf(leaf), leaf.type.type);
    else if (leaf instanceof OpaqueObject) content.opaque.set(name, leaf.what);
    else if (leaf instanceof StorageReference) content.opaque.set(name, `${leaf.type.name} of ${leaf.count} elements`);
    else continue;
    leaves.delete(path);
  }
  const { tensors, integers, opaque } = content;
  const [first] = opaque.values();
  if (first !== undefined && !tensors.size && !integers.size)
    refuse(
      first.startsWith('it ') ? first : `it names ${JSON.stringify(first.slice(0, 100))}, which is not plain data; nothing was executed`,
    );
  return { ...content, metadata: describeLeaves(leaves) };
}

type Contents = { value: unknown; storage: (reference: StorageReference) => Uint8Array };

/** The zip format: a pickle, and each storage as a file beside it. */
function readArchive(bytes: Uint8Array, refuse: Refuse): Contents {
  const files = readZip(bytes, refuse);
  const pickles = [...files.keys()].filter(name => /(^|\/)data\.pkl$/.test(name));
  if (pickles.length !== 1) refuse(`it holds ${pickles.length} files called data.pkl, not one`);
  const folder = pickles[0]!.slice(0, -'data.pkl'.length);
  if (files.has(`${folder}constants.pkl`)) refuse('it is a TorchScript program, not weights');
  const order = files.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order.read().subarray(0, 16)) !== 'little') refuse('its numbers are big-endian');
  const { value } = unpickle(files.get(pickles[0]!)!.read(), torchRules(), refuse);
  const storage = ({ key }: StorageReference) =>
    (files.get(`${folder}data/${key}`) ?? refuse(`storage ${JSON.stringify(key.slice(0, 60))} is missing in it`)).read();
  return { value, storage };
}

/** The format before: pickles of a magic number, a version, the machine, the value and the storages' names; then the storages. */
function readLegacy(bytes: Uint8Array, refuse: Refuse): Contents {
  const referred = new Map<string, StorageReference>();
  const rules = torchRules(referred);
  let start = 0;
  const next = () => {
    const { value, end } = unpickle(bytes, rules, refuse, { start });
    start = end;
    return value;
  };
  next();
  const [version, machine] = [next(), next()];
  if (version !== 1001) refuse(`its format ${typeof version === 'number' ? version : ''} is unknown`);
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) refuse('its numbers are big-endian');
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) return refuse('it does not list its storages');

  const storages = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys) {
    const { type } = referred.get(key) ?? refuse('it lists a storage that no tensor uses');
    const count = start + 8 <= bytes.length ? Number(view.getBigUint64(start, true)) : refuse('it is truncated before a storage');
    const end = start + 8 + count * type.bytes;
    if (end > bytes.length) refuse(`a storage of ${count} elements reaches beyond its end (truncated?)`);
    storages.set(key, bytes.subarray(start + 8, end));
    start = end;
  }
  return { value, storage: ({ key }) => storages.get(key) ?? refuse(`storage ${JSON.stringify(key.slice(0, 60))} is missing in it`) };
}
