import { type Attribute, setEagerAttribute } from './attributes.js';
import type { CApi } from './c-api.js';
import { type ContextConfig, encodeConfig } from './config-proto.js';
import { ATTRIBUTE, TF } from './dtypes.js';
import { GraphFunction } from './graph-function.js';
import { libc } from './libc.js';
import { Recording } from './recording.js';
import { Status } from './status.js';
import { newTensor, readHandle, shapeOf, type Values } from './tensors.js';

/** A tensor as TensorFlow.js' kernels for Node know it. */
export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/**
 * What tfjs-node expects of its compiled addon (`TFJSBinding`), on TensorFlow's C API: tensors go by numbers, and every kernel is an
 * `executeOp`. While a recording is on, operations are added to its graph instead of being executed.
 */
export class Binding {
  readonly TF_FLOAT = TF.FLOAT;
  readonly TF_INT32 = TF.INT32;
  readonly TF_INT64 = TF.INT64;
  readonly TF_BOOL = TF.BOOL;
  readonly TF_COMPLEX64 = TF.COMPLEX64;
  readonly TF_STRING = TF.STRING;
  readonly TF_RESOURCE = TF.RESOURCE;
  readonly TF_UINT8 = TF.UINT8;
  readonly TF_ATTR_STRING = ATTRIBUTE.STRING;
  readonly TF_ATTR_INT = ATTRIBUTE.INT;
  readonly TF_ATTR_FLOAT = ATTRIBUTE.FLOAT;
  readonly TF_ATTR_BOOL = ATTRIBUTE.BOOL;
  readonly TF_ATTR_TYPE = ATTRIBUTE.TYPE;
  readonly TF_ATTR_SHAPE = ATTRIBUTE.SHAPE;
  readonly TF_ATTR_RESOURCE = ATTRIBUTE.RESOURCE;
  readonly TF_Version: string;

  readonly status: Status;
  readonly context: number;
  /** Name of the first GPU, if TensorFlow has one. */
  readonly gpu: string | undefined;
  /** TensorFlow's handle of each tensor. */
  readonly handles = new Map<number, number>();
  recording: Recording | undefined;

  private nextId = 0;
  private readonly names = new Map<string, number>();
  private op = 0;
  private results = new Uint32Array(2 * 64);
  private readonly count = new Int32Array(1);

  constructor(
    readonly c: CApi,
    config: ContextConfig,
  ) {
    this.TF_Version = c.TF_Version();
    this.status = new Status(c);
    const options = c.TFE_NewContextOptions();
    const bytes = encodeConfig(config);
    c.TFE_ContextOptionsSetConfig(options, bytes, bytes.length, this.status.pointer);
    this.status.check('Configuration of TensorFlow');
    this.context = c.TFE_NewContext(options, this.status.pointer);
    c.TFE_DeleteContextOptions(options);
    this.status.check('Start of TensorFlow');
    this.gpu = this.findGpu();
  }

  private findGpu(): string | undefined {
    const { c, status } = this;
    const list = c.TFE_ContextListDevices(this.context, status.pointer);
    status.check('List of devices');
    const devices = Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => i);
    const gpu = devices.find(i => c.TF_DeviceListType(list, i, status.pointer) === 'GPU');
    const name = gpu === undefined ? undefined : c.TF_DeviceListName(list, gpu, status.pointer);
    c.TF_DeleteDeviceList(list);
    return name;
  }

  /** Ends the context. No tensor may be left in it. */
  close(): void {
    this.c.TFE_DeleteContext(this.context);
    this.status.delete();
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

  createTensor(shape: number[], dtype: number, values: Values): number {
    const { c, status } = this;
    const tensor = newTensor(c, shape, dtype, values);
    let handle = c.TFE_NewTensorHandle(tensor, status.pointer);
    c.TF_DeleteTensor(tensor);
    status.check('Making a tensor');
    // TensorFlow's GPU kernels want int32 tensors, which are mostly shapes and axes, in the machine's memory.
    if (this.gpu !== undefined && dtype !== TF.INT32 && dtype !== TF.STRING) {
      const copy = c.TFE_TensorHandleCopyToDevice(handle, this.context, this.name(this.gpu), status.pointer);
      c.TFE_DeleteTensorHandle(handle);
      status.check(`Copying a tensor of shape [${shape}] to ${this.gpu}`);
      handle = copy;
    }
    const id = this.adopt(handle);
    this.recording?.noteMade(id, { shape, dtype, values });
    return id;
  }

  deleteTensor(id: number): void {
    this.c.TFE_DeleteTensorHandle(this.handle(id, 'deleteTensor'));
    this.handles.delete(id);
  }

  tensorDataSync(id: number): Values {
    return this.readHandle(this.handle(id, 'Reading a tensor'));
  }

  readHandle(handle: number): Values {
    return readHandle(this.c, handle, this.status);
  }

  /** A second tensor of the same values. */
  share(id: number): number {
    const copy = this.c.TFE_TensorHandleCopySharingTensor(this.handle(id, 'Sharing a tensor'), this.status.pointer);
    this.status.check('Sharing a tensor');
    return this.adopt(copy);
  }

  executeOp(name: string, attributes: Attribute[], ids: number[], outputs: number): TensorMetadata[] {
    if (this.recording) return this.recording.record(name, attributes, ids, outputs);
    const { c, status } = this;
    try {
      this.resetOp(name);
      for (const id of ids) {
        c.TFE_OpAddInput(this.op, this.handle(id, name), status.pointer);
        if (!status.ok) status.check(name);
      }
      for (const attribute of attributes) setEagerAttribute(c, this.op, this.name(attribute.name), attribute, status);
      return this.execute(this.op, name, outputs);
    } catch (error) {
      if (this.op !== 0) c.TFE_DeleteOp(this.op); // half-filled: the next operation starts afresh
      this.op = 0;
      throw error;
    }
  }

  /** Executes a filled operation and takes its results. */
  execute(op: number, name: string, outputs: number): TensorMetadata[] {
    if (this.results.length < 2 * outputs) this.results = new Uint32Array(2 * outputs);
    this.count[0] = outputs;
    this.c.TFE_Execute(op, this.results, this.count, this.status.pointer);
    if (!this.status.ok) this.status.check(name);
    return this.collect(this.results, outputs);
  }

  /** Takes handles, given as pairs of 32-bit halves, as tensors. */
  collect(pointers: Uint32Array, outputs: number): TensorMetadata[] {
    const { c } = this;
    const tensors = new Array<TensorMetadata>(outputs);
    for (let i = 0; i < outputs; i++) {
      const handle = pointers[2 * i]! + pointers[2 * i + 1]! * 2 ** 32;
      tensors[i] = { id: this.adopt(handle), shape: shapeOf(c, handle, this.status), dtype: c.TFE_TensorHandleDataType(handle) };
    }
    return tensors;
  }

  /** The handle of a tensor. */
  handle(id: number, what: string): number {
    const handle = this.handles.get(id);
    if (handle !== undefined) return handle;
    if (id < -1)
      throw new Error(
        `${what}: this tensor stands for a value inside trace(), which is only known when the traced function runs: ` +
          'dataSync(), arraySync() and data() cannot be used inside, nor can the tensor be used outside',
      );
    throw new Error(`${what}: there is no tensor ${id}; it may have been disposed of`);
  }

  /** A name in C memory, kept for good. */
  name(text: string): number {
    let pointer = this.names.get(text);
    if (pointer === undefined) this.names.set(text, (pointer = libc.strdup(text)));
    return pointer;
  }

  /** Starts to record operations instead of executing them. */
  startRecording(bfloat16?: boolean): Recording {
    if (this.recording) throw new Error('trace() cannot be used inside trace()');
    return (this.recording = new Recording(this, bfloat16));
  }

  /** A function that a recording has registered with the context; see `GraphFunction`. */
  functionNamed(name: string, outputs: number, xla: boolean): GraphFunction {
    return new GraphFunction(this, name, outputs, xla);
  }

  private adopt(handle: number): number {
    this.handles.set(this.nextId, handle);
    return this.nextId++;
  }

  /** One operation object serves all: making a new one for each would double what an operation costs. */
  private resetOp(name: string): void {
    const { c, status } = this;
    if (this.op === 0) this.op = c.TFE_NewOp(this.context, this.name(name), status.pointer);
    else c.TFE_OpReset(this.op, this.name(name), 0, status.pointer);
    if (!status.ok) status.check(name);
  }
}
