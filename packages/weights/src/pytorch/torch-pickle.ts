import { type ElementType, elementCount, type PickleGlobal, type PickleRules } from '@wsss/numpy';

/** Where a tensor's numbers lie: in which storage of the file, and how many it has. */
export class StorageReference {
  constructor(
    readonly key: string,
    readonly type: ElementType,
    readonly count: number,
  ) {}
}

/** A tensor as a pickle describes it: a strided view of a storage that lies elsewhere in the file. */
export class TensorView {
  constructor(
    readonly storage: StorageReference,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

class StorageType implements PickleGlobal {
  readonly construct = undefined; // a type is only passed on
  constructor(readonly type: ElementType) {}
}

const storageTypes: Record<string, ElementType> = {
  Double: 'f64',
  Float: 'f32',
  Half: 'f16',
  BFloat16: 'bf16',
  Long: 'i64',
  Int: 'i32',
  Short: 'i16',
  Char: 'i8',
  Byte: 'u8',
  Bool: 'bool',
};

const orderedDict: PickleGlobal = {
  construct([pairs], { refuse, spend }) {
    const map = new Map<unknown, unknown>();
    if (pairs === undefined) return map;
    if (!Array.isArray(pairs)) return refuse('it makes an OrderedDict of what is no list');
    spend(40 * pairs.length);
    for (const pair of pairs)
      Array.isArray(pair) && pair.length === 2 ? map.set(pair[0], pair[1]) : refuse('an OrderedDict in it has no pairs');
    return map;
  },
  restore() {
    // A module's state dict carries `_metadata` as an attribute: versions of its layers.
  },
};

const rebuildTensor: PickleGlobal = {
  construct([storage, offset, shape, strides], { refuse }) {
    if (!(storage instanceof StorageReference)) return refuse('it makes a tensor without a storage');
    const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
    const count = elementCount(shape, refuse);
    const sizes = shape as number[];
    if (!isCount(offset) || !Array.isArray(strides) || strides.length !== sizes.length || !strides.every(isCount))
      return refuse(`the offset or the strides of a tensor of shape [${sizes}] are no integers ≥ 0`);
    const last = sizes.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
    if (count > 0 && !(last < storage.count))
      return refuse(`a tensor of shape [${sizes}] and strides [${strides}] reaches beyond its storage of ${storage.count} elements`);
    return new TensorView(storage, offset, [...sizes], [...strides]);
  },
};

const rebuildParameter: PickleGlobal = {
  construct: ([tensor], { refuse }) => (tensor instanceof TensorView ? tensor : refuse('it makes a parameter of what is no tensor')),
};

const globals: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ['collections.OrderedDict', orderedDict],
  [
    'torch.Size',
    { construct: ([sizes], { refuse }) => (Array.isArray(sizes) ? sizes : refuse('it makes a torch.Size of what is no list')) },
  ],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ...Object.entries(storageTypes).map(([name, type]) => [`torch.${name}Storage`, new StorageType(type)] as const),
]);

/**
 * What PyTorch's checkpoints may name: the {@link globals}. Tensors become {@link TensorView}s of storages, which are not looked at here
 * but collected in `storages` by key.
 */
export function torchRules(storages = new Map<string, StorageReference>()): PickleRules {
  return {
    globals,
    persistent(id, { refuse }) {
      const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
      if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !Number.isSafeInteger(count) || count < 0)
        return refuse('it refers to what is no storage of numbers');
      if (view !== undefined && view !== null) refuse('it holds a view of a storage as PyTorch 0.3 wrote it');
      const known = storages.get(key);
      if (known && (known.type !== type.type || known.count !== count))
        refuse(`it describes storage ${JSON.stringify(key.slice(0, 60))} in two ways`);
      const storage = known ?? new StorageReference(key, type.type, count);
      storages.set(key, storage);
      return storage;
    },
  };
}
