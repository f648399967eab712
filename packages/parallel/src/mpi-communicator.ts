import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { AllReduceOptions, Communicator, Numbers } from './communicator.js';
import { ControlBlock } from './control-block.js';
import type { Launch } from './launcher.js';
import { addressOf, exitAtOnce } from './mpi-library.js';
import type { Command, Order, Place, Reply, ThreadData } from './thread-messages.js';
import { Watchdog } from './watchdog.js';

interface Waiting {
  resolve: (received: Uint8Array | undefined) => void;
  reject: (error: Error) => void;
  /** Kept alive until the reply. */
  array?: Numbers;
}

/** A job of several processes under MPI. A thread of its own calls MPI: this one is free meanwhile and notices when a call never ends. */
export class MpiCommunicator implements Communicator {
  declare readonly rank: number;
  declare readonly worldSize: number;
  declare readonly localRank: number;
  declare readonly localSize: number;
  declare readonly library: string;
  private readonly waiting = new Map<number, Waiting>();
  private readonly ended: Promise<unknown>;
  private readonly watchdog: Watchdog;
  private commands = 0;
  private busySince = 0;
  private busy = 0;
  private failure: Error | undefined;

  private constructor(
    private readonly thread: Worker,
    private readonly control: ControlBlock,
    place: Place,
    watchdog: number,
  ) {
    Object.assign(this, place);
    const { rank } = place;
    this.watchdog = new Watchdog(
      control,
      1000 * watchdog,
      seconds => {
        // All ranks notice at about the same time; the first one speaks for all.
        writeSync(
          2,
          `rank ${rank}: an MPI call that all ranks had come to has not ended for ${seconds} s: a rank has died, hangs or is cut off\n`,
        );
        exitAtOnce();
      },
      rank,
    );
    this.ended = new Promise(resolve => thread.once('exit', resolve));
    thread.on('message', (reply: Reply) => this.receive(reply));
    thread.on('error', error => this.fail(error as Error));
    thread.unref();
  }

  /** Starts the thread and MPI in it. */
  static async join(launch: Launch, watchdog: number): Promise<MpiCommunicator> {
    makeSafeForNode();
    const control = new ControlBlock();
    const data: ThreadData = { control: control.memory, launch, silenceLimit: 1000 * watchdog };
    const thread = new Worker(new URL('./mpi-thread.js', import.meta.url), { workerData: data });
    const place = await new Promise<Place>((resolve, reject) => {
      thread.once('message', (reply: Reply) =>
        'place' in reply ? resolve(reply.place) : reject(new Error('fatal' in reply ? reply.fatal : 'MPI')),
      );
      thread.once('error', reject); // later ones find the promise settled
    });
    return new MpiCommunicator(thread, control, place, watchdog);
  }

  get communicationSeconds(): number {
    return (this.busy + (this.waiting.size ? performance.now() - this.busySince : 0)) / 1000;
  }

  async broadcast(array: Numbers, root = 0): Promise<void> {
    this.checkRank('broadcast', root);
    await this.order({ kind: 'broadcast', address: addressOf(array), bytes: array.byteLength, root }, array);
  }

  async allReduce(array: Float32Array | Float64Array, { operation = 'sum', wire = 'full' }: AllReduceOptions = {}): Promise<void> {
    const type = array instanceof Float32Array ? 'float32' : 'float64';
    if (wire === 'float16' && (type !== 'float32' || operation === 'max'))
      throw new RangeError(
        `allReduce: float16 on the wire is for the sum and mean of Float32Array, not for the ${operation} of ${array.constructor.name}`,
      );
    if (array.length === 0) return this.barrier();
    await this.order({ kind: 'allReduce', address: addressOf(array), length: array.length, type, operation, wire }, array);
  }

  async gather<T extends Numbers>(array: T, root = 0): Promise<T[] | undefined> {
    this.checkRank('gather', root);
    const received = await this.order({ kind: 'gather', address: addressOf(array), bytes: array.byteLength, root }, array);
    if (!received) return undefined;
    const counts = new Float64Array(received.buffer, 0, this.worldSize);
    let at = 8 * this.worldSize;
    return Array.from(counts, bytes => {
      const part = received.slice(at, (at += bytes));
      return new (array.constructor as new (buffer: ArrayBuffer) => T)(part.buffer as ArrayBuffer);
    });
  }

  async barrier(): Promise<void> {
    await this.order({ kind: 'barrier' });
  }

  alive(seconds?: number): void {
    this.watchdog.alive(seconds);
  }

  async abort(message: string): Promise<never> {
    // A thread that waits for the others inside MPI hears nothing; then this process ends alone, and the launcher ends the others.
    if (this.control.inside || this.failure) writeSync(2, `${message}\n`);
    else {
      this.post({ kind: 'abort', message });
      await new Promise(resolve => setTimeout(resolve, 3000));
    }
    return exitAtOnce();
  }

  async close(): Promise<void> {
    this.alive(3600);
    await this.order({ kind: 'close' });
    this.watchdog.stop();
    this.thread.ref();
    await this.ended;
  }

  private order(command: Command, array?: Numbers): Promise<Uint8Array | undefined> {
    if (this.failure) return Promise.reject(this.failure);
    this.watchdog.alive(0, this.waiting.size === 0);
    return new Promise((resolve, reject) => {
      if (this.waiting.size === 0) {
        this.busySince = performance.now();
        this.thread.ref();
      }
      this.waiting.set(this.commands, { resolve, reject, array });
      this.post(command);
    });
  }

  private post(command: Command): void {
    this.thread.postMessage({ id: this.commands++, command } satisfies Order);
    this.control.ring();
  }

  private receive(reply: Reply): void {
    if (!('id' in reply)) {
      this.fail(new Error('fatal' in reply ? reply.fatal : 'MPI was started twice'));
      return;
    }
    const { resolve, reject } = this.waiting.get(reply.id)!;
    this.waiting.delete(reply.id);
    if (this.waiting.size === 0) {
      this.busy += performance.now() - this.busySince;
      this.thread.unref();
    }
    this.watchdog.alive();
    if (reply.error === undefined) resolve(reply.received);
    else reject(new Error(reply.error));
  }

  private fail(error: Error): void {
    this.failure = error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private checkRank(what: string, root: number): void {
    if (!Number.isInteger(root) || root < 0 || root >= this.worldSize)
      throw new RangeError(`${what}: root is ${root}, expected a rank, 0 to ${this.worldSize - 1}`);
  }
}

/**
 * UCX, on which MPICH and Open MPI may run, patches the C library's memory functions while it starts, which crashes programs of several
 * threads, and takes over the signals by which V8 notices what a WebAssembly program does wrong. Its warnings belong on standard error:
 * standard output is for results. Whoever sets the variables keeps his choice.
 */
function makeSafeForNode(): void {
  process.env.UCX_MEM_EVENTS ??= 'no';
  process.env.UCX_ERROR_SIGNALS ??= '';
  process.env.UCX_LOG_FILE ??= 'stderr';
}
