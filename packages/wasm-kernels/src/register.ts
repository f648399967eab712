import * as tf from '@tensorflow/tfjs-core';
import { coreCount } from '@wsss/wasm-runtime';
import { adamW } from './adamw.js';
import { attention, attentionGradient } from './attention.js';
import type { KernelArguments, WasmBackend } from './backend.js';
import { castWithTruth } from './cast.js';
import { conv2dBackpropFilter, conv2dBackpropInput } from './conv2d-gradients.js';
import { concat, identity, reverse, slice, split, tile } from './copy.js';
import { BINARY, binary, UNARY, unary } from './elementwise.js';
import type { TeamKernel } from './kernel.js';
import { batchMatMul, fusedMatMul } from './mat-mul.js';
import { maxPoolGrad } from './max-pool-grad.js';
import { layerNorm, layerNormGradient, softmax, softmaxGradient } from './normalization.js';
import { reduction } from './reduce.js';
import { Team } from './team.js';
import { transpose } from './transpose.js';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

/** Every kernel of this package by its name in TensorFlow.js; names that begin with Wsss are its own. */
const kernels: Record<string, TeamKernel> = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Conv2DBackpropFilter: conv2dBackpropFilter,
  Conv2DBackpropInput: conv2dBackpropInput,
  Cast: castWithTruth,
  MaxPoolGrad: maxPoolGrad,
  UnsortedSegmentSum: unsortedSegmentSum,
  Transpose: transpose,
  Identity: identity,
  Slice: slice,
  SplitV: split,
  Concat: concat,
  Tile: tile,
  Reverse: reverse,
  Softmax: softmax,
  WsssSoftmaxGrad: softmaxGradient,
  WsssAttention: attention,
  WsssAttentionGrad: attentionGradient,
  WsssLayerNorm: layerNorm,
  WsssLayerNormGrad: layerNormGradient,
  WsssAdamW: adamW,
  ...Object.fromEntries(UNARY.map(name => [name, unary(name)])),
  ...Object.fromEntries(BINARY.map(name => [name, binary(name)])),
  ...Object.fromEntries((['Sum', 'Mean', 'Max', 'Min'] as const).map(name => [name, reduction(name)])),
};

const teams = new WeakMap<object, Team>();

let registered = false;

/** What runs the kernels. */
export interface WasmKernels {
  /** Threads that compute, the calling one included. */
  readonly threads: number;
  /** Whether products are added with one rounding (relaxed SIMD), which is nearly twice as fast. */
  readonly fusedMultiplyAdd: boolean;
  /** Ends the threads; the backend cannot be used after that. */
  dispose(): void;
}

/**
 * Puts the kernels of this package in the place of those of TensorFlow.js' wasm backend, which must be the current one. Where the memory of
 * the backend is shared, as that of its threaded build is, they run on several threads.
 *
 * @param options.threads at least 1; default: the processor's logical cores. Without shared memory one is used.
 * @throws Error if another backend is current, or the compiled kernels cannot be loaded
 * @throws RangeError if threads is not a whole number above 0
 *
 * @example
 * import '@tensorflow/tfjs';
 * import '@tensorflow/tfjs-backend-wasm';
 * await tf.setBackend('wasm');
 * await registerWasmKernels();
 */
export async function registerWasmKernels(options: { threads?: number } = {}): Promise<WasmKernels> {
  const { threads = coreCount() } = options;
  if (!(Number.isInteger(threads) && threads > 0)) throw new RangeError(`threads must be a whole number above 0, found ${threads}`);
  if (tf.getBackend() !== 'wasm')
    throw new Error(`The current backend is ${tf.getBackend() || 'none'}; expected wasm: await tf.setBackend('wasm') first.`);
  const backend = tf.backend() as unknown as WasmBackend;
  const team = teams.get(backend) ?? (await Team.start(backend, threads));
  teams.set(backend, team);
  if (!registered) {
    for (const [name, kernel] of Object.entries(kernels)) register(name, kernel);
    shortenSoftmaxGradient();
  }
  registered = true;
  return { threads: team.threads, fusedMultiplyAdd: team.fused, dispose: () => team.end() };
}

function register(kernelName: string, kernel: TeamKernel): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (stock) tf.unregisterKernel(kernelName, 'wasm');
  const original = (stock?.kernelFunc ?? missing(kernelName)) as unknown as (args: KernelArguments) => tf.TensorInfo;
  const kernelFunc = (args: KernelArguments) => {
    const team = teams.get(args.backend);
    const { inputs, attrs, backend } = args;
    return team ? kernel({ inputs, attrs, backend, team, stock: others => original(Object.assign({}, args, others)) }) : original(args);
  };
  tf.registerKernel({ ...stock, kernelName, backendName: 'wasm', kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}

const missing = (name: string) => () => {
  throw new Error(`${name} on wasm: not for these dtypes, or not on this instance of the backend.`);
};

/** TensorFlow.js takes the gradient of softmax apart into three operations. */
function shortenSoftmaxGradient(): void {
  const composed = tf.getGradient('Softmax');
  if (!composed) return;
  tf.unregisterGradient('Softmax');
  tf.registerGradient({
    ...composed,
    gradFunc: (dy, saved, attrs) =>
      tf.getBackend() === 'wasm' && saved[0]!.dtype === 'float32'
        ? { logits: () => tf.engine().runKernel('WsssSoftmaxGrad', { y: saved[0]!, dy: dy as tf.Tensor }) as tf.Tensor }
        : composed.gradFunc(dy, saved, attrs),
  });
}
