import { type ElementType, isWide, type NumericArray, type WideArray } from '@wsss/numpy';

/** An array in host memory, row-major. Booleans are 0/1 in a Uint8Array. */
export type HostTensor = NumericArray;

/** Named tensors of a model, in the order of their file. */
export type StateDict = Map<string, HostTensor>;

/** What a file of weights holds. */
export interface WeightsContent {
  /** Tensors by the names they have in the file. */
  tensors: StateDict;
  /** Tensors with an integer that needs more than 32 bits; a model has none of these among its parameters. */
  integers: Map<string, WideArray>;
  /** What else the file says, as text; of safetensors the header's `__metadata__`. */
  metadata: Record<string, string>;
  /** How each tensor is stored in the file, where the format tells. */
  types: Map<string, ElementType>;
  /** What is in the file and not read, by name: `argparse.Namespace`, `F4 of shape [3]`. */
  opaque: Map<string, string>;
}

/** What a file of weights holds, and what it is. */
export interface WeightsFile extends WeightsContent {
  format: 'safetensors' | 'PyTorch' | 'NumPy';
  /** Its size; of weights in several files that of all of these. */
  bytes: number;
}

/** Nothing, to be filled. */
export function noContent(): WeightsContent {
  return { tensors: new Map(), integers: new Map(), metadata: {}, types: new Map(), opaque: new Map() };
}

/** Puts an array where it belongs: among the tensors, or among the integers beyond 32 bits. */
export function keepTensor(content: WeightsContent, name: string, array: WideArray, type?: ElementType): void {
  if (isWide(array.data)) content.integers.set(name, array);
  else content.tensors.set(name, array as HostTensor);
  if (type) content.types.set(name, type);
}
