import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './native/backend.js';

/**
 * Computes a tensor in JavaScript, in the midst of tensor code: the dense energy's lattice filter, for instance. Inside `trace` the recorded
 * function is divided here, and each call computes anew. No gradient flows through it.
 *
 * @param compute from the values of the inputs (row-major) to as many float32 values as `shape` holds; it must not use tensors
 * @param inputs tensors of dtype float32 or int32; elsewhere than inside `trace` their values are read synchronously, which WebGPU does not offer
 * @param shape of the result
 * @example
 * const sorted = hostCall(values => Float32Array.from(values).sort(), [x], x.shape);
 */
export function hostCall<S extends number[]>(
  compute: (...values: (Float32Array | Int32Array)[]) => Float32Array,
  inputs: Tensor[],
  shape: S,
): Tensor {
  const backend = nativeBackend();
  const recording = backend?.binding.recording;
  if (!backend || !recording) return tf.tensor(compute(...inputs.map(input => input.dataSync() as Float32Array)), shape, 'float32');
  const ids = backend.getInputTensorIds(inputs);
  return backend.createOutputTensor(
    recording.hostCall(ids, shape, backend.getDTypeInteger('float32'), compute as Parameters<typeof recording.hostCall>[3]),
  );
}
