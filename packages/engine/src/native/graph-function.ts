import type { Context, TensorMetadata } from './context.js';
import { libc } from './libc.js';
import { Status } from './status.js';

/** A recorded graph that TensorFlow keeps as a function: called with tensors, it runs as one operation. */
export class GraphFunction {
  /** @param outputs how many tensors it returns @param xla whether XLA compiles it */
  constructor(
    private readonly context: Context,
    private readonly name: string,
    private readonly outputs: number,
    private readonly xla: boolean,
  ) {}

  call(handles: number[]): TensorMetadata[] {
    const op = this.prepare(handles);
    try {
      return this.context.execute(op, this.name, this.outputs);
    } finally {
      this.context.c.TFE_DeleteOp(op);
    }
  }

  /** Runs on another thread; the event loop stays free. */
  async callOnThread(handles: number[]): Promise<TensorMetadata[]> {
    const { context, name, outputs } = this;
    const { c } = context;
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
      return context.collect(pointers, outputs);
    } finally {
      c.TFE_DeleteOp(op);
      libc.free(results);
      status.delete();
    }
  }

  remove(): void {
    const { c, pointer, status } = this.context;
    c.TFE_ContextRemoveFunction(pointer, this.name, status.pointer);
    status.check(this.name);
  }

  private prepare(handles: number[]): number {
    const { context, name } = this;
    const { c, status } = context;
    const op = c.TFE_NewOp(context.pointer, context.name(name), status.pointer);
    status.check(name);
    try {
      for (const handle of handles) {
        c.TFE_OpAddInput(op, handle, status.pointer);
        status.check(name);
      }
      if (this.xla) c.operationAttribute.Bool(op, context.name('_XlaMustCompile'), 1);
      return op;
    } catch (error) {
      c.TFE_DeleteOp(op);
      throw error;
    }
  }
}
