import { gather } from '@wsss/numpy';
import type { HostTensor, StateDict } from './weights-content.js';

/**
 * How a parameter's array is laid out in a PyTorch state dict, compared with TensorFlow.js:
 * `same`; `linear`: [out, in] there, [in, out] here; `conv2d`: [out, in, kh, kw] there, [kh, kw, in, out] here;
 * `pointwise`: a 1×1 convolution [out, in, 1, 1] there, a linear map [in, out] here;
 * `patch`: a patch-embedding convolution [out, in, p, p] there, a linear map [p·p·in, out] of patches in (row, column, channel) order here.
 */
export type TorchLayout = 'same' | 'linear' | 'conv2d' | 'pointwise' | 'patch';

/** A parameter that a model has: its state-dict name, its shape in TensorFlow.js layout and how PyTorch stores it. */
export interface ParameterSpec {
  name: string;
  shape: number[];
  layout: TorchLayout;
  /** false for parameters which are kept but not trained. Default true. */
  trainable?: boolean;
  /** Values before any weights are loaded: zeros, ones, or truncated normal of deviation `std` (default 0.02), uniform in ±bound. */
  init?:
    | { kind: 'zeros' }
    | { kind: 'ones' }
    | { kind: 'constant'; value: number }
    | { kind: 'truncatedNormal'; std?: number }
    | { kind: 'uniform'; bound: number };
}

/** The PyTorch shape of a parameter. */
export function torchShape(spec: ParameterSpec): number[] {
  return torchToTf(spec)[0];
}

/** Rearranges values stored in PyTorch's layout into TensorFlow.js's layout. */
export function fromTorch(data: Float32Array, spec: ParameterSpec): Float32Array {
  return permute(data, ...torchToTf(spec));
}

/** Rearranges values stored in TensorFlow.js's layout into PyTorch's layout: the inverse of {@link fromTorch}. */
export function toTorch(data: Float32Array, spec: ParameterSpec): Float32Array {
  const [shape, order] = torchToTf(spec);
  const shapeHere = order.map(axis => shape[axis]!);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return permute(data, shapeHere, inverse);
}

/** PyTorch's shape, and its axes in the order in which TensorFlow.js has them. */
function torchToTf({ shape, layout, name }: ParameterSpec): [shape: number[], order: number[]] {
  const [a, b, c, d] = shape as [number, number, number, number];
  switch (layout) {
    case 'same':
      return [shape, shape.map((_, axis) => axis)];
    case 'linear':
      return [[b, a], [1, 0]]; // biome-ignore format: a line each
    case 'pointwise':
      return [[b, a, 1, 1], [1, 0, 2, 3]]; // biome-ignore format: a line each
    case 'conv2d':
      return [[d, c, a, b], [2, 3, 1, 0]]; // biome-ignore format: a line each
    case 'patch': {
      const p = Math.round(Math.sqrt(a / 3));
      if (p * p * 3 !== a) throw new Error(`parameter ${name}: a patch layout needs 3·p·p rows, got ${a}`);
      return [[b, 3, p, p], [2, 3, 1, 0]]; // biome-ignore format: a line each
    }
  }
}

function permute(data: Float32Array, shape: number[], order: number[]): Float32Array {
  if (order.every((axis, i) => axis === i)) return data.slice();
  if (order.length === 2) return transposed(data, shape as [number, number]);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, d) => product * d, 1));
  const ordered = (values: number[]) => order.map(axis => values[axis]!);
  return gather(data, ordered(shape), ordered(strides));
}

/** A matrix with its axes exchanged, in blocks that stay in the processor's cache. */
function transposed(data: Float32Array, [rows, columns]: [number, number]): Float32Array {
  const block = 32;
  const out = new Float32Array(data.length);
  for (let top = 0; top < rows; top += block)
    for (let left = 0; left < columns; left += block) {
      const [bottom, right] = [Math.min(top + block, rows), Math.min(left + block, columns)];
      for (let row = top; row < bottom; row++)
        for (let column = left; column < right; column++) out[column * rows + row] = data[row * columns + column]!;
    }
  return out;
}

export interface MatchOptions {
  /** What errors call the weights, usually the file's path. */
  source?: string;
  /** Names in the file that the model does not need, by exact name or prefix ending in '.': dropped silently. */
  ignore?: readonly string[];
  /** Parameters which may be absent from the file; they keep their initial values. By exact name or prefix ending in '.'. */
  optional?: readonly string[];
}

/**
 * Checks a state dict against what a model expects and returns its tensors by name.
 *
 * @throws Error naming every missing, unexpected and wrongly shaped tensor (at most ten of a kind).
 */
export function matchStateDict(specs: readonly ParameterSpec[], state: StateDict, options: MatchOptions = {}): Map<string, HostTensor> {
  const { source = 'state dict', ignore = [], optional = [] } = options;
  const listed = (name: string, list: readonly string[]) =>
    list.some(entry => (entry.endsWith('.') ? name.startsWith(entry) : name === entry));
  const matched = new Map<string, HostTensor>();
  const missing: string[] = [];
  const misshaped: string[] = [];
  for (const spec of specs) {
    const tensor = state.get(spec.name);
    if (!tensor) {
      if (!listed(spec.name, optional)) missing.push(spec.name);
    } else if (`${tensor.shape}` !== `${torchShape(spec)}`)
      misshaped.push(`${spec.name} has shape [${tensor.shape}], the model needs [${torchShape(spec)}]`);
    else if (!(tensor.data instanceof Float32Array)) misshaped.push(`${spec.name} holds integers, the model needs floats`);
    else matched.set(spec.name, tensor);
  }
  const known = new Set(specs.map(spec => spec.name));
  const extra = [...state.keys()].filter(name => !known.has(name) && !listed(name, ignore));
  const problems = [...list('missing', missing), ...list('not part of the model', extra), ...list('of another shape or type', misshaped)];
  if (problems.length)
    throw new Error(
      `${source} does not fit the model: ${problems.join('; ')}. Choose the backbone that these weights belong to, or other weights.`,
    );
  return matched;
}

function list(what: string, names: string[]): string[] {
  if (!names.length) return [];
  const shown = names.slice(0, 10).join(', ');
  return [`${names.length} tensor${names.length > 1 ? 's' : ''} ${what} (${shown}${names.length > 10 ? ', …' : ''})`];
}
