import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './native/running.js';

/**
 * Computes a tensor in JavaScript, in the midst of tensor code: the dense energy's lattice filter, for instance. Inside `trace` the
 * recorded function is divided here, and each call computes anew. No gradient flows through it.
 *
 * @param compute from the values of the inputs (row-major) to as many float32 values as `shape` holds; it must not use tensors
 * @param inputs tensors of dtype float32 or int32; elsewhere than inside `trace` and {@link withHostCalls} their values are read
 * synchronously
 * @param shape of the result
 * @example
 * const sorted = hostCall(values => Float32Array.from(values).sort(), [x], x.shape);
 */
export function hostCall(compute: Compute, inputs: Tensor[], shape: number[]): Tensor {
  if (answering) return answering(compute, inputs, shape);
  const backend = nativeBackend();
  const recording = backend?.binding.recording;
  if (!backend || !recording) return tf.tensor(compute(...inputs.map(input => input.dataSync() as Float32Array)), shape, 'float32');
  const ids = backend.getInputTensorIds(inputs);
  return backend.createOutputTensor(
    recording.hostCall(ids, shape, backend.getDTypeInteger('float32'), compute as Parameters<typeof recording.hostCall>[3]),
  );
}

type Compute = (...values: (Float32Array | Int32Array)[]) => Float32Array;

/** Answers host calls while `withHostCalls` runs. */
let answering: typeof hostCall | undefined;

/** Thrown through the function whose host call has no answer yet. */
class Unanswered extends Error {}

/**
 * Runs a function whose host calls read values, also on WebGPU, where values can only be waited for: there the function is run up to its
 * first host call, the values are awaited, and it is run anew with the answer, and so on for each.
 *
 * @param fn computes the same each time, and changes nothing before its last host call
 */
export async function withHostCalls<T>(fn: () => T): Promise<T> {
  if (tf.getBackend() !== 'webgpu') return fn();
  const answers: Tensor[] = [];
  try {
    for (;;) {
      let asked: { compute: Compute; inputs: Tensor[]; shape: number[] } | undefined;
      let next = 0;
      answering = (compute, inputs, shape) => {
        if (next < answers.length) return tf.clone(answers[next++]!);
        asked = { compute, inputs: inputs.map(input => tf.keep(tf.clone(input))), shape };
        throw new Unanswered();
      };
      // A scope of its own: what a run leaves behind where it breaks off is freed.
      tf.engine().startScope();
      let result: T | undefined;
      try {
        result = fn();
        return result;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        dropTape();
      } finally {
        answering = undefined;
        tf.engine().endScope(result as tf.TensorContainer);
      }
      const values = await Promise.all(asked!.inputs.map(input => input.data()));
      tf.dispose(asked!.inputs);
      answers.push(tf.tensor(asked!.compute(...(values as Float32Array[])), asked!.shape, 'float32'));
    }
  } finally {
    tf.dispose(answers);
  }
}

/** Frees what a gradient that was broken off had saved for its backward pass. */
function dropTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved);
  state.activeTape = null as unknown as typeof state.activeTape;
}
