import { bytesField, encodeMessage, varintField } from '@wsss/numpy/protobuf';

/** How a TensorFlow context is set up; see `encodeConfig`. */
export interface ContextConfig {
  /** Threads for one operation, and operations at a time. */
  threads: number;
  /** Whether TensorFlow may use GPUs. */
  gpu: boolean;
}

/**
 * TensorFlow's `ConfigProto` in protocol-buffer encoding: threads, and for GPUs memory taken as needed (instead of all at once) and
 * operations without a GPU kernel run on the processor.
 */
export function encodeConfig({ threads, gpu }: ContextConfig): Uint8Array {
  return encodeMessage([
    ...(gpu ? [] : [bytesField(1, [bytesField(1, 'GPU'), varintField(2, 0)])]), // device_count { key: "GPU" value: 0 }
    varintField(2, threads), // intra_op_parallelism_threads
    varintField(5, threads), // inter_op_parallelism_threads
    bytesField(6, [varintField(4, 1)]), // gpu_options { allow_growth: true }
    varintField(7, 1), // allow_soft_placement
  ]);
}
