import { elementCount, OpaqueObject, type PickleContext, type PickleGlobal, type PickleRules, plainGlobals } from '@wsss/numpy';
import { dtypes, storageTypes, type TorchType } from './storage-types.js';

/** Where a tensor's numbers lie: in which storage of the file, and how many it has. */
export class StorageReference {
  constructor(
    readonly key: string,
    readonly type: TorchType,
    readonly count: number,
  ) {}
}

/** A tensor as a pickle describes it: a strided view of a storage that lies elsewhere in the file. */
export class TensorView {
  constructor(
    readonly storage: StorageReference,
    readonly type: TorchType,
    readonly offset: number,
    readonly shape: number[],
    readonly strides: number[],
  ) {}
}

/** A type that a pickle passes on: of a storage, or of a tensor's elements. */
class NamedType implements PickleGlobal {
  readonly construct = undefined;
  constructor(readonly type: TorchType) {}

  toString(): string {
    return this.type.name;
  }
}

type Construct = NonNullable<PickleGlobal['construct']>;

/** A view of a storage, of its own element type or another one. What is not read becomes opaque. */
function viewOf(storage: unknown, place: readonly unknown[], { refuse }: PickleContext, dtype?: unknown, metadata?: unknown) {
  if (!(storage instanceof StorageReference)) return refuse('it makes a tensor without a storage');
  if (dtype !== undefined && !(dtype instanceof NamedType)) return refuse('it makes a tensor of an unknown type');
  const [offset, shape, strides] = place;
  const type = dtype?.type ?? storage.type;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const count = elementCount(shape, refuse);
  const sizes = shape as number[];
  if (!isCount(offset) || !Array.isArray(strides) || strides.length !== sizes.length || !strides.every(isCount))
    return refuse(`the offset or the strides of a tensor of shape [${sizes}] are no integers ≥ 0`);
  const held = Math.floor((storage.count * storage.type.bytes) / type.bytes);
  const last = sizes.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  if (count > 0 && !(last < held))
    return refuse(`a tensor of shape [${sizes}] and strides [${strides}] reaches beyond its storage of ${held} elements`);
  const lazy = metadata instanceof Map && [...metadata.values()].some(Boolean); // negated or conjugated when it is used
  if (!type.type || lazy) return new OpaqueObject(`${type.name} of shape [${sizes}]${lazy ? ', negated or conjugated' : ''}`);
  return new TensorView(storage, type, offset, [...sizes], [...strides]);
}

const rebuildTensor: Construct = ([storage, offset, shape, strides, , , metadata], context) =>
  viewOf(storage, [offset, shape, strides], context, undefined, metadata);

/** Types for which there is no storage class, such as uint16, are stored as bytes. */
const rebuildTensor3: Construct = ([storage, offset, shape, strides, , , dtype, metadata], context) =>
  viewOf(storage, [offset, shape, strides], context, dtype ?? null, metadata);

/** The tensor that a Parameter, or a Parameter or tensor with attributes, wraps. */
const rebuildParameter: Construct = ([tensor], { refuse }) =>
  tensor instanceof TensorView || tensor instanceof OpaqueObject ? tensor : refuse('it makes a parameter of what is no tensor');

const rebuildFromType: Construct = ([rebuild, , args], context) => {
  if (rebuild instanceof OpaqueObject) return rebuild;
  const construct = [...tensorGlobals.values()].find(known => known === rebuild)?.construct;
  return construct && Array.isArray(args) ? construct(args, context) : context.refuse('it makes a tensor by what makes none');
};

const tensorGlobals = new Map<string, PickleGlobal>([
  ['torch._utils._rebuild_tensor', { construct: rebuildTensor }],
  ['torch._utils._rebuild_tensor_v2', { construct: rebuildTensor }],
  ['torch._utils._rebuild_tensor_v3', { construct: rebuildTensor3 }],
  ['torch._utils._rebuild_parameter', { construct: rebuildParameter }],
  ['torch._utils._rebuild_parameter_with_state', { construct: rebuildParameter }],
]);

/** A device as PyTorch names it: `cuda:0`. */
const device: Construct = ([kind, index], { refuse }) =>
  typeof kind === 'string' ? kind + (typeof index === 'number' ? `:${index}` : '') : refuse('it names a device by what is no text');

const globals: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ...plainGlobals,
  ...tensorGlobals,
  ['torch._tensor._rebuild_from_type_v2', { construct: rebuildFromType }],
  ['torch.device', { construct: device }],
  [
    'torch.Size',
    { construct: ([sizes], { refuse }) => (Array.isArray(sizes) ? sizes : refuse('it makes a torch.Size of what is no list')) },
  ],
  ...[...storageTypes, ...dtypes].map(([name, type]) => [name, new NamedType(type)] as const),
]);

/** Whether a value of a checkpoint's pickle is no container: a tensor, a type, or an object of an unknown class. */
export function isTorchLeaf(value: object): boolean {
  return value instanceof TensorView || value instanceof OpaqueObject || value instanceof NamedType;
}

/**
 * What PyTorch's checkpoints may name: the {@link globals}; all else becomes opaque. Tensors become {@link TensorView}s of storages, which
 * are not looked at here but collected in `storages` by key.
 */
export function torchRules(storages = new Map<string, StorageReference>()): PickleRules {
  return {
    globals,
    opaque: true,
    persistent(id, { refuse }) {
      const [kind, named, key, , count, view] = Array.isArray(id) ? id : [];
      const known = named instanceof NamedType && storageTypes.get(named.type.name);
      if (kind !== 'storage' || !known || typeof key !== 'string' || !Number.isSafeInteger(count) || count < 0)
        return refuse('it refers to what is no storage of numbers');
      if (view !== undefined && view !== null) refuse('it holds a view of a storage as PyTorch 0.3 wrote it');
      const before = storages.get(key);
      if (before && (before.type !== known || before.count !== count))
        refuse(`it describes storage ${JSON.stringify(key.slice(0, 60))} in two ways`);
      const storage = before ?? new StorageReference(key, known, count);
      storages.set(key, storage);
      return storage;
    },
  };
}
