import type { CApi } from './c-api.js';
import { type ContextConfig, encodeConfig } from './config-proto.js';
import { libc } from './libc.js';
import { Status } from './status.js';
import { newTensor, readHandle, shapeOf, TF, type Values } from './tensors.js';

/** A tensor as TensorFlow.js' kernels for Node know it. */
export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** TensorFlow's context (`TFE_Context`), in which operations are executed, and the tensors that live there, which go by numbers. */
export class Context {
  readonly status: Status;
  readonly pointer: number;
  /** Name of the first GPU, if TensorFlow has one. */
  readonly gpu: string | undefined;
  /** TensorFlow's handle of each tensor. */
  readonly handles = new Map<number, number>();

  private nextId = 0;
  private readonly names = new Map<string, number>();
  private results = new Uint32Array(2 * 64);
  private readonly count = new Int32Array(1);

  constructor(
    readonly c: CApi,
    config: ContextConfig,
  ) {
    this.status = new Status(c);
    const options = c.TFE_NewContextOptions();
    const bytes = encodeConfig(config);
    c.TFE_ContextOptionsSetConfig(options, bytes, bytes.length, this.status.pointer);
    this.status.check('Configuration of TensorFlow');
    this.pointer = c.TFE_NewContext(options, this.status.pointer);
    c.TFE_DeleteContextOptions(options);
    this.status.check('Start of TensorFlow');
    this.gpu = this.findGpu();
  }

  private findGpu(): string | undefined {
    const { c, status } = this;
    const list = c.TFE_ContextListDevices(this.pointer, status.pointer);
    status.check('List of devices');
    const devices = Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => i);
    const gpu = devices.find(i => c.TF_DeviceListType(list, i, status.pointer) === 'GPU');
    const name = gpu === undefined ? undefined : c.TF_DeviceListName(list, gpu, status.pointer);
    c.TF_DeleteDeviceList(list);
    return name;
  }

  /** Ends the context. No tensor may be left in it. */
  close(): void {
    this.c.TFE_DeleteContext(this.pointer);
    this.status.delete();
  }

  createTensor(shape: number[], dtype: number, values: Values): number {
    const { c, status } = this;
    const tensor = newTensor(c, shape, dtype, values);
    let handle = c.TFE_NewTensorHandle(tensor, status.pointer);
    c.TF_DeleteTensor(tensor);
    status.check('Making a tensor');
    // TensorFlow's GPU kernels want int32 tensors, which are mostly shapes and axes, in the machine's memory.
    if (this.gpu !== undefined && dtype !== TF.INT32 && dtype !== TF.STRING) {
      const copy = c.TFE_TensorHandleCopyToDevice(handle, this.pointer, this.name(this.gpu), status.pointer);
      c.TFE_DeleteTensorHandle(handle);
      status.check(`Copying a tensor of shape [${shape}] to ${this.gpu}`);
      handle = copy;
    }
    return this.adopt(handle);
  }

  deleteTensor(id: number): void {
    this.c.TFE_DeleteTensorHandle(this.handle(id, 'deleteTensor'));
    this.handles.delete(id);
  }

  tensorDataSync(id: number): Values {
    return readHandle(this.c, this.handle(id, 'Reading a tensor'), this.status);
  }

  /** A second tensor of the same values. */
  share(id: number): number {
    const copy = this.c.TFE_TensorHandleCopySharingTensor(this.handle(id, 'Sharing a tensor'), this.status.pointer);
    this.status.check('Sharing a tensor');
    return this.adopt(copy);
  }

  /** Executes a filled operation and takes its results. */
  execute(op: number, name: string, outputs: number): TensorMetadata[] {
    if (this.results.length < 2 * outputs) this.results = new Uint32Array(2 * outputs);
    this.count[0] = outputs;
    this.c.TFE_Execute(op, this.results, this.count, this.status.pointer);
    this.status.check(name);
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

  private adopt(handle: number): number {
    this.handles.set(this.nextId, handle);
    return this.nextId++;
  }
}
