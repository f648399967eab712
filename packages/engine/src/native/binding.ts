import { ATTRIBUTE, type Attribute, setAttribute } from './attributes.js';
import type { CApi, Output } from './c-api.js';
import type { ContextConfig } from './config-proto.js';
import { Context, type TensorMetadata } from './context.js';
import { type RecordedSegment, Recording } from './recording.js';
import { SegmentedFunction } from './segmented-function.js';
import { TF, type Values } from './tensors.js';

/**
 * What tfjs-node expects of its compiled addon (`TFJSBinding`), on TensorFlow's C API: every kernel is an `executeOp`. While a recording is
 * on, operations are added to its graph instead of being executed.
 */
export class Binding extends Context {
  readonly TF_Version: string;
  recording: Recording | undefined;

  private op = 0;

  constructor(c: CApi, config: ContextConfig) {
    super(c, config);
    this.TF_Version = c.TF_Version();
    // Kernels ask for `TF_FLOAT`, `TF_ATTR_INT` and so on.
    const constants = { TF_: TF, TF_ATTR_: ATTRIBUTE };
    for (const [prefix, numbers] of Object.entries(constants))
      for (const [name, number] of Object.entries(numbers)) Object.assign(this, { [prefix + name]: number });
  }

  isUsingGpuDevice(): boolean {
    return this.gpu !== undefined;
  }

  getNumOfTensors(): number {
    return this.handles.size;
  }

  getNumOfSavedModels(): number {
    return 0;
  }

  override createTensor(shape: number[], dtype: number, values: Values): number {
    const id = super.createTensor(shape, dtype, values);
    this.recording?.made.set(id, { shape, dtype, values });
    return id;
  }

  executeOp(name: string, attributes: Attribute[], ids: number[], outputs: number): TensorMetadata[] {
    if (this.recording) return this.recording.record(name, attributes, ids, outputs);
    const { c, status } = this;
    try {
      this.resetOp(name);
      for (const id of ids) {
        c.TFE_OpAddInput(this.op, this.handle(id, name), status.pointer);
        status.check(name);
      }
      for (const attribute of attributes) setAttribute(c.operationAttribute, this.op, this.name(attribute.name), attribute);
      return this.execute(this.op, name, outputs);
    } catch (error) {
      if (this.op !== 0) c.TFE_DeleteOp(this.op); // half-filled: the next operation starts afresh
      this.op = 0;
      throw error;
    }
  }

  /** Starts to record operations instead of executing them. */
  startRecording(bfloat16?: boolean): Recording {
    if (this.recording) throw new Error('trace() cannot be used inside trace()');
    return (this.recording = new Recording(this, bfloat16));
  }

  /** Ends the recording and frees its graph. */
  endRecording(): void {
    this.recording?.end();
    this.recording = undefined;
  }

  /** Makes a recorded function one that can be called. @param results what a call returns @param xla whether XLA compiles it */
  functionOf(segments: readonly RecordedSegment[], results: readonly Output[], xla: boolean): SegmentedFunction {
    return new SegmentedFunction(this, segments, results, xla);
  }

  /** One operation object serves all: making a new one for each would double what an operation costs. */
  private resetOp(name: string): void {
    const { c, status } = this;
    if (this.op === 0) this.op = c.TFE_NewOp(this.pointer, this.name(name), status.pointer);
    else c.TFE_OpReset(this.op, this.name(name), 0, status.pointer);
    status.check(name);
  }
}
