import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ControlBlock, now } from './control-block.js';
import { halfAllReduce } from './half-all-reduce.js';
import { Heartbeat } from './heartbeat.js';
import { addressOf, exitAtOnce, loadMpi, type MpiLibrary } from './mpi-library.js';
import type { Command, Order, Reply, ThreadData } from './thread-messages.js';

/** Bytes in one call of MPI: few enough for the processor's caches to help, many enough for latency not to count. */
const BUCKET_BYTES = 2 ** 24;
/** Values in one call by half precision, which goes through arrays of its own; larger parts make its scales coarser. */
const HALF_BUCKET = 2 ** 20;
/** A thread that watches twice a second and did not for this long was not running. */
const STOPPED_MILLISECONDS = 10_000;

/**
 * The thread that calls MPI, and the only one that does. Blocking calls are the fastest that MPI libraries have, but who waits in one hears
 * nothing of the others: so before each, the thread asks by a call that does not block whether all ranks have come to it, and while it
 * waits, and whenever it has nothing to do, it exchanges signs of life.
 */
class MpiThread {
  private readonly control: ControlBlock;
  private readonly mpi: MpiLibrary;
  private readonly heartbeat: Heartbeat;
  private readonly arrival = new Float64Array(16);
  private readonly arrived = new Float64Array(16);
  private readonly request = new BigInt64Array(16);
  private readonly flag = new Int32Array(16);
  readonly rank: number;
  readonly worldSize: number;
  private readonly silenceLimit: number;
  private watched = now();

  constructor({ control, launch, silenceLimit }: ThreadData) {
    this.control = new ControlBlock(control);
    this.silenceLimit = silenceLimit;
    this.mpi = loadMpi(launch);
    const version = this.mpi.start();
    const { rank, size: worldSize } = this.mpi.placeIn(this.mpi.constants.world);
    this.rank = rank;
    this.worldSize = worldSize;
    if (worldSize !== launch.worldSize) {
      this.mpi.call('MPI_Finalize');
      throw new Error(
        `${launch.launcher} started ${launch.worldSize} processes, but ${version} (${this.mpi.file}) knows of ${worldSize}: ` +
          'it is not the library of this launcher. Use its own mpirun, or name the right library by WSSS_MPI=/path/to/libmpi.so',
      );
    }
    const local = this.mpi.placeOnMachine();
    this.heartbeat = new Heartbeat(this.mpi, rank, worldSize);
    this.reply({ place: { rank, worldSize, localRank: local.rank, localSize: local.size, library: version } });
  }

  /** Runs commands until it is told to close. */
  run(): void {
    for (;;) {
      const rings = this.control.rings;
      const order = (receiveMessageOnPort(parentPort!) as { message: Order } | undefined)?.message;
      if (!order) {
        this.watch('idle');
        this.control.sleep(rings, 500);
        continue;
      }
      const { id, command } = order;
      try {
        this.reply({ id, received: this.execute(command) });
      } catch (error) {
        this.reply({ id, error: (error as Error).message });
      }
      if (command.kind === 'close') return;
      // The program hears of the end of a long wait a little later; until then its silence is no sign of anything.
      if (this.control.deadline) this.control.deadline = Math.max(this.control.deadline, now() + this.silenceLimit);
    }
  }

  private execute(command: Command): Uint8Array | undefined {
    const { mpi } = this;
    const { types, world } = mpi.constants;
    if (command.kind === 'abort') return this.stop(command.message);
    this.meet(command);
    if (command.kind === 'gather') return this.gather(command.address, command.bytes, command.root);
    if (command.kind === 'allReduce') this.allReduce(command);
    if (command.kind === 'broadcast') {
      const { address, bytes, root } = command;
      const chunk = 2 ** 26;
      for (let at = 0; at < bytes; at += chunk)
        this.blocking(() => mpi.call('MPI_Bcast', address + BigInt(at), Math.min(chunk, bytes - at), types.byte, root, world));
    }
    if (command.kind === 'close') {
      this.heartbeat.close();
      mpi.call('MPI_Finalize');
    }
    return undefined;
  }

  private allReduce({ address, length, type, operation, wire }: Command & { kind: 'allReduce' }): void {
    const { mpi, worldSize } = this;
    const { types, operations, world, inPlace } = mpi.constants;
    const bytes = type === 'float32' ? 4 : 8;
    const bucket = wire === 'float16' ? HALF_BUCKET : BUCKET_BYTES / bytes;
    for (let at = 0; at < length; at += bucket) {
      const count = Math.min(bucket, length - at);
      const place = address + BigInt(at * bytes);
      this.blocking(() => {
        if (wire === 'float16') halfAllReduce(mpi, this, place, count);
        else mpi.call('MPI_Allreduce', inPlace, place, count, types[type], operations[operation === 'max' ? 'max' : 'sum'], world);
      });
      if (operation !== 'mean') continue;
      const scale = 1 / worldSize;
      const values = mpi.view(place, count, type);
      for (let i = 0; i < count; i++) values[i]! *= scale;
    }
  }

  /** Bytes of all ranks, one after the other, preceded by their numbers as float64; at the root alone. */
  private gather(address: bigint, bytes: number, root: number): Uint8Array | undefined {
    const { mpi, rank, worldSize } = this;
    const { types, world, inPlace } = mpi.constants;
    const counts = new Float64Array(Math.max(worldSize, 9));
    counts[rank] = bytes;
    this.blocking(() => mpi.call('MPI_Allgather', inPlace, 0, types.float64, addressOf(counts), 1, types.float64, world));
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total >= 2 ** 31) throw new Error(`gather: ${total} bytes in all, at most 2³¹ − 1 can be gathered at once`);
    const lengths = Int32Array.from({ length: Math.max(worldSize, 17) }, (_, i) => counts[i] ?? 0);
    const offsets = new Int32Array(lengths.length);
    for (let i = 1; i < worldSize; i++) offsets[i] = offsets[i - 1]! + lengths[i - 1]!;
    const received = new Uint8Array(rank === root ? 8 * worldSize + Math.max(total, 65) : 65);
    new Float64Array(received.buffer, 0, rank === root ? worldSize : 0).set(counts.subarray(0, rank === root ? worldSize : 0));
    const target = addressOf(received) + (rank === root ? BigInt(8 * worldSize) : 0n);
    this.blocking(() =>
      mpi.call('MPI_Gatherv', address, bytes, types.byte, target, addressOf(lengths), addressOf(offsets), types.byte, root, world),
    );
    return rank === root ? received : undefined;
  }

  /** Waits for all ranks to come to the same call; a rank that comes to another one is an error at all of them. */
  private meet(command: Command): void {
    const { mpi, arrival, arrived, request, flag } = this;
    const signature = signatureOf(command);
    const { types, operations, world } = mpi.constants;
    arrival[0] = signature;
    arrival[1] = -signature;
    mpi.call('MPI_Iallreduce', addressOf(arrival), addressOf(arrived), 2, types.float64, operations.max, world, addressOf(request));
    const since = performance.now();
    for (let polls = 0; !mpi.isDone(addressOf(request), flag); polls++) {
      if (polls < 200) continue;
      this.watch('waiting');
      // A wait of some length may end a little late: what is left of the processor is the others'.
      this.control.nap(Math.min(1, 0.02 + (performance.now() - since) / 50));
    }
    this.heartbeat.reset();
    if (arrived[0] !== signature || arrived[1] !== -signature)
      throw new Error('the ranks do not do the same: they have come to different calls, or with arrays of different lengths');
  }

  /** A call that waits for other ranks, under the eyes of the program's thread. */
  private blocking(call: () => void): void {
    this.control.inside = now();
    try {
      call();
    } finally {
      this.control.inside = 0;
      this.watched = now();
      this.heartbeat.reset();
    }
  }

  /** Stops the job when the neighbor or this process's own program has been silent for too long. */
  private watch(doing: 'idle' | 'waiting'): void {
    const time = now();
    const wasStopped = time - this.watched > STOPPED_MILLISECONDS;
    this.watched = time;
    if (wasStopped) {
      // This process itself stood still, as in a debugger: what it missed says nothing about the others.
      this.heartbeat.reset();
      if (this.control.deadline) this.control.deadline = Math.max(this.control.deadline, time + this.silenceLimit);
    }
    const silence = this.heartbeat.beat();
    if (silence > this.silenceLimit)
      this.stop(
        `rank ${this.heartbeat.neighbor} has not been heard of for ${Math.round(silence / 1000)} s: it has died, hangs or is cut off`,
      );
    const { deadline } = this.control;
    // Who waits for others is not the one that is stuck.
    if (doing === 'idle' && deadline && now() > deadline)
      this.stop(`rank ${this.rank} (${hostname()}, process ${process.pid}) has shown no sign of life for too long: it hangs`);
  }

  /** Ends all processes, with one line. */
  private stop(message: string): never {
    writeSync(2, `${message}\n`);
    this.control.nap(300); // launchers drop what they have not yet read when they are told to end
    try {
      this.mpi.call('MPI_Abort', this.mpi.constants.world, 1);
    } catch {}
    return exitAtOnce();
  }

  private reply(message: Reply): void {
    parentPort!.postMessage(message);
  }
}

/** One number for what all ranks must have alike: the kind of a call, its length, and its root or type. Exact in float64. */
function signatureOf(command: Command): number {
  const code = (kind: number, length = 0, variant = 0) => (length * 65536 + variant) * 16 + kind;
  if (command.kind === 'broadcast') return code(0, command.bytes, command.root);
  if (command.kind === 'gather') return code(1, 0, command.root);
  if (command.kind !== 'allReduce') return code(command.kind === 'barrier' ? 2 : 3);
  const kind = 4 + 2 * ['sum', 'mean', 'max'].indexOf(command.operation) + (command.wire === 'float16' ? 1 : 0);
  return code(kind, command.length, command.type === 'float32' ? 0 : 1);
}

try {
  new MpiThread(workerData as ThreadData).run();
} catch (error) {
  parentPort!.postMessage({ fatal: (error as Error).message } satisfies Reply);
}
