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
  return Uint8Array.from([
    ...(gpu ? [] : message(1, [...text(1, 'GPU'), ...integer(2, 0)])), // device_count { key: "GPU" value: 0 }
    ...integer(2, threads), // intra_op_parallelism_threads
    ...integer(5, threads), // inter_op_parallelism_threads
    ...message(6, integer(4, 1)), // gpu_options { allow_growth: true }
    ...integer(7, 1), // allow_soft_placement
  ]);
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]);
const integer = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const message = (field: number, bytes: number[]): number[] => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
const text = (field: number, value: string): number[] => message(field, [...Buffer.from(value)]);
