import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from './engine.js';
import type { TensorMetadata } from './native/context.js';
import { type NativeBackend, nativeBackend } from './native/running.js';
import { outputKey } from './native/segments.js';
import { SymbolicVariables } from './native/symbolic-variables.js';

export type Traceable = Tensor | Tensor[];

/** A function that TensorFlow runs as one operation. */
export interface TracedFunction<I extends Tensor[] = Tensor[], R extends Traceable = Traceable> {
  /** Runs it; the caller owns the results. Variables are assigned before it returns. */
  (...inputs: I): R;
  /** Runs it on another thread. Until it is done, leave the variables alone; a second call meanwhile throws. */
  async(...inputs: I): Promise<R>;
  /** Frees the function and what it holds. */
  dispose(): void;
  readonly info: TraceInfo;
}

export interface TraceInfo {
  name: string;
  /** Nodes of the graph. */
  nodes: number;
  /** How often each TensorFlow operation occurs. */
  operations: Readonly<Record<string, number>>;
  /** Names of the variables that it reads. */
  reads: string[];
  /** Names of the variables that it assigns. */
  assigns: string[];
  /** Tensors from outside that it holds. */
  captures: number;
  /** Graphs that run one after the other: one more than it has host calls. */
  segments: number;
}

export interface TraceOptions {
  /** The variables that may be assigned inside. Default: all that exist. */
  variables?: Variable[];
  /** Name, for messages. */
  name?: string;
  /** Compile it with XLA: slow to start and seldom faster. Default false. */
  xla?: boolean;
  /**
   * Compute matrix products in bfloat16 (8 bits of mantissa; factors and results are rounded, sums are not): a good deal faster on
   * processors and GPUs with units for it, and no longer the same numbers. Default false.
   */
  bfloat16?: boolean;
}

let traced = 0;

/**
 * Records what a function does with tensors, once, and returns a function that makes TensorFlow do all of it in one call: a training step
 * with its forward pass, gradients and updates takes about 0.6 of the time and memory of the same code run operation by operation.
 *
 * Inside, tensors have shapes but no values. What JavaScript computes is done once, while tracing: a learning rate that changes has to be
 * an input, and so has every random draw (`tf.randomUniform`, `tf.dropout`). Variables are read anew in each call, and assigned after it;
 * they must exist beforehand (with an optimizer: run one step first). Calls are not recorded by `tf.grads`. What TensorFlow cannot compute
 * goes into `hostCall`.
 *
 * @param fn takes tensors, returns one or several
 * @param examples tensors of the shapes and dtypes it will be called with; their values do not matter
 * @throws {EngineError} on an engine without tracing (`engine.canTrace`)
 * @throws if values are read inside, a shape depends on values, or a variable is created inside, or assigned without being listed
 * @example
 * const step = trace((x, rate) => {
 *   const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.matMul(x, w))));
 *   w.assign(tf.sub(w, tf.mul(rate, grads[w.name])));
 *   return value;
 * }, [tf.zeros([8, 4]), tf.scalar(0)]);
 * const loss = step(batch, tf.scalar(0.1));
 */
export function trace<I extends Tensor[], R extends Traceable>(
  fn: (...inputs: I) => R,
  examples: [...I],
  options: TraceOptions = {},
): TracedFunction<I, R> {
  const backend = nativeBackend();
  if (!backend)
    throw new EngineError(`trace() needs the native or cuda engine, but '${tf.getBackend()}' is running. Ask engine.canTrace before`);
  const name = `${(options.name ?? 'step').replace(/[^A-Za-z0-9_]/g, '_')}_${traced++}`;
  const { recording, ...recorded } = record(backend, name, fn as (...inputs: Tensor[]) => R, examples, options);
  const { parameters, reads, assigns, outputs, single, segments } = recorded;
  const graph = backend.binding.functionOf(segments, recorded.results, options.xla ?? false);
  const expected = signature(examples);
  let state: 'ready' | 'running' | 'disposed' = 'ready';

  const begin = (inputs: I): Map<string, number> => {
    if (state !== 'ready') throw new Error(state === 'running' ? `${name} is still running` : `${name} has been disposed of`);
    if (nativeBackend() !== backend) throw new Error(`${name} was traced on another engine than '${tf.getBackend()}', which is running`);
    const found = signature(inputs);
    if (found !== expected) throw new Error(`${name} was traced for inputs ${expected}, and called with ${found}: trace it for these too`);
    const gone = reads.find(variable => variable.isDisposed);
    if (gone) throw new Error(`${name} reads variable ${gone.name}, which has been disposed of`);
    const ids = backend.getInputTensorIds([...inputs, ...reads]);
    const given = new Map(ids.map((id, i) => [parameters[i]!, backend.binding.handle(id, name)]));
    for (const { output, handle } of recording.captures) given.set(outputKey(output), handle);
    return given;
  };
  const finish = (results: TensorMetadata[]): R => {
    const tensors = results.map(result => backend.createOutputTensor(result));
    for (const [i, value] of tensors.splice(outputs).entries()) {
      assigns[i]!.assign(value);
      value.dispose();
    }
    return (single ? tensors[0] : tensors) as R;
  };
  const runAsync = async (...inputs: I): Promise<R> => {
    const given = begin(inputs);
    state = 'running';
    try {
      return finish(await graph.callOnThread(given));
    } finally {
      state = 'ready';
    }
  };
  const dispose = () => {
    if (state === 'running') throw new Error(`${name} is still running`);
    if (state === 'disposed') return;
    state = 'disposed';
    graph.remove();
    recording.releaseCaptures();
  };
  const info: TraceInfo = {
    name,
    nodes: recording.nodes,
    operations: recording.operations,
    reads: reads.map(variable => variable.name),
    assigns: assigns.map(variable => variable.name),
    captures: recording.captures.length,
    segments: segments.length,
  };
  return Object.assign((...inputs: I) => finish(graph.call(begin(inputs))), { async: runAsync, dispose, info });
}

/**
 * Runs the function on symbols, and registers what it did with TensorFlow.
 *
 * @returns `parameters`: keys of the nodes that stand for the inputs and the variables read; `results`: what a call returns, assigned
 * values last; `outputs` and `single`: how many tensors the function returns, and whether as one tensor or as an array
 */
function record(
  backend: NativeBackend,
  name: string,
  fn: (...inputs: Tensor[]) => Traceable,
  examples: Tensor[],
  { variables: allowed, bfloat16 }: TraceOptions,
) {
  const idOf = (tensor: Tensor) => backend.getInputTensorIds([tensor])[0]!;
  const recording = backend.binding.startRecording(bfloat16);
  tf.engine().startScope();
  try {
    const variables = new SymbolicVariables(backend, recording);
    try {
      const symbols = examples.map(({ shape, dtype }) => recording.argument(shape, backend.getDTypeInteger(dtype)));
      const result: unknown = fn(...symbols.map(symbol => backend.createOutputTensor(symbol)));
      const returned = Array.isArray(result) ? result : [result];
      if (!returned.every(tensor => tensor instanceof tf.Tensor))
        throw new Error('trace: the function must return a tensor or an array of tensors, and not a promise');
      const assigns = variables.assigned(allowed);
      const results = [...returned, ...assigns].map(tensor => recording.output(idOf(tensor)));
      const given = [...symbols.map(({ id }) => recording.output(id)), ...variables.reads.map(({ output }) => output)];
      const segments = recording.finish(name, results);
      const reads = variables.reads.map(({ variable }) => variable);
      // Those that tf.keep was called for outlive the scope, and mean nothing outside.
      for (const tensor of returned) if (tensor.kept && !tensor.isDisposed && idOf(tensor) < -1) tensor.dispose();
      const parameters = given.map(outputKey);
      return { recording, segments, parameters, results, reads, assigns, outputs: returned.length, single: !Array.isArray(result) };
    } finally {
      variables.restore();
    }
  } catch (error) {
    recording.releaseCaptures();
    throw error;
  } finally {
    tf.engine().endScope();
    backend.binding.endRecording();
  }
}

const signature = (tensors: Tensor[]) => `(${tensors.map(tensor => `${tensor.dtype}[${tensor.shape}]`).join(', ')})`;
