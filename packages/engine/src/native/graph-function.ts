import type { Binding, TensorMetadata } from './binding.js';
import { libc } from './libc.js';
import { Status } from './status.js';

/** A recorded graph that TensorFlow keeps as a function: called with tensors, it runs as one operation. */
export class GraphFunction {
  /**
   * @param binding the binding whose context knows the function
   * @param name its name there
   * @param outputs how many tensors it returns
   * @param xla whether XLA compiles it
   */
  constructor(
    private readonly binding: Binding,
    private readonly name: string,
    private readonly outputs: number,
    private readonly xla: boolean,
  ) {}

  call(handles: number[]): TensorMetadata[] {
    const op = this.prepare(handles);
    try {
      return this.binding.execute(op, this.name, this.outputs);
    } finally {
      this.binding.c.TFE_DeleteOp(op);
    }
  }

  /** Runs on another thread; the event loop stays free. */
  async callOnThread(handles: number[]): Promise<TensorMetadata[]> {
    const { binding, name, outputs } = this;
    const { c } = binding;
    const op = this.prepare(handles);
    const status = new Status(c);
    const results = libc.malloc(8 * outputs + 8); // then the count
    const count = results + 8 * outputs;
    libc.copyIn(results, new Uint8Array(8 * outputs), 8 * outputs);
    libc.copyIn(count, Int32Array.of(outputs, 0), 8);
    try {
      await new Promise<void>((resolve, reject) =>
        c.executeOnThread.async(op, results, count, status.pointer, error => (error ? reject(error) : resolve())),
      );
      status.check(name);
      const pointers = new Uint32Array(2 * outputs);
      libc.copyOut(pointers, results, 8 * outputs);
      return binding.collect(pointers, outputs);
    } finally {
      c.TFE_DeleteOp(op);
      libc.free(results);
      status.delete();
    }
  }

  /** Forgets the function. */
  remove(): void {
    const { c, context, status } = this.binding;
    c.TFE_ContextRemoveFunction(context, this.name, status.pointer);
    status.check(this.name);
  }

  private prepare(handles: number[]): number {
    const { binding, name } = this;
    const { c, status } = binding;
    const op = c.TFE_NewOp(binding.context, binding.name(name), status.pointer);
    status.check(name);
    try {
      for (const handle of handles) {
        c.TFE_OpAddInput(op, handle, status.pointer);
        status.check(name);
      }
      if (this.xla) c.TFE_OpSetAttrBool(op, binding.name('_XlaMustCompile'), 1);
      return op;
    } catch (error) {
      c.TFE_DeleteOp(op);
      throw error;
    }
  }
}
