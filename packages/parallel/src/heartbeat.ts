import { now } from './control-block.js';
import { type Address, addressOf, type MpiLibrary } from './mpi-library.js';

const EVERY_MILLISECONDS = 2000;
const TAG = 1;

/**
 * Signs of life between the processes: each sends its next one (by rank, in a ring) an empty message every two seconds and expects one from
 * the one before. They run whenever the thread that calls MPI waits, not inside a blocking call.
 */
export class Heartbeat {
  private readonly communicator: number | bigint;
  private readonly memory = new BigInt64Array(64);
  private readonly flag = new Int32Array(16);
  private readonly sending: Address;
  private readonly receiving: Address;
  private sent = 0;
  private heard = now();
  private sends = false;
  private receives = false;

  /** @param worldSize at least 2 */
  constructor(
    private readonly mpi: MpiLibrary,
    private readonly rank: number,
    private readonly worldSize: number,
  ) {
    this.communicator = mpi.duplicateWorld();
    this.sending = addressOf(this.memory.subarray(0));
    this.receiving = addressOf(this.memory.subarray(8));
  }

  /** The rank that this one listens to. */
  get neighbor(): number {
    return (this.rank + this.worldSize - 1) % this.worldSize;
  }

  /** Sends and receives what is due. @returns milliseconds since the neighbor was heard of. */
  beat(): number {
    const { mpi, flag } = this;
    const time = now();
    const { byte } = mpi.constants.types;
    if (this.sends && mpi.isDone(this.sending, flag)) this.sends = false;
    if (!this.sends && time - this.sent >= EVERY_MILLISECONDS) {
      const next = (this.rank + 1) % this.worldSize;
      mpi.call('MPI_Isend', addressOf(this.memory.subarray(32)), 0, byte, next, TAG, this.communicator, this.sending);
      this.sends = true;
      this.sent = time;
    }
    while (this.hasReceived()) this.heard = time;
    return time - this.heard;
  }

  /** Whether a message has come; another one is expected then. */
  private hasReceived(): boolean {
    const { mpi } = this;
    const { byte } = mpi.constants.types;
    if (!this.receives)
      mpi.call('MPI_Irecv', addressOf(this.memory.subarray(40)), 0, byte, this.neighbor, TAG, this.communicator, this.receiving);
    this.receives = !mpi.isDone(this.receiving, this.flag);
    return !this.receives;
  }

  /** The neighbor has shown itself otherwise: all processes have just left a common call. */
  reset(): void {
    this.heard = now();
  }

  /** Ends the waiting for messages; all processes must have stopped to send. */
  close(): void {
    const { mpi } = this;
    while (this.sends && !mpi.isDone(this.sending, this.flag));
    if (!this.receives) return;
    mpi.call('MPI_Cancel', this.receiving);
    mpi.call('MPI_Wait', this.receiving, mpi.constants.ignoreStatus);
  }
}
