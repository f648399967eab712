import type { Communicator } from './communicator.js';
import { detectLaunch } from './launcher.js';
import { MpiCommunicator } from './mpi-communicator.js';
import { SingleProcess } from './single-process.js';

/**
 * Joins the job that this process was started in by `mpirun` or `srun`: Open MPI, MPICH, Intel MPI and others with MPICH's binary
 * interface. Started alone, the process is a job of its own, and every call returns at once.
 *
 * @param options when to give up on a rank.
 * @param options.watchdog seconds without a sign of life after which a rank is taken for hanging, default 20; where iterations take longer,
 *   five times the longest so far.
 * @throws Error if the process is one of several and the MPI library cannot be loaded or is not the launcher's.
 * @example
 * const communicator = await joinJob(); // mpirun -np 4 node program.js
 * const gradient = new Float32Array(1000).fill(communicator.rank);
 * await communicator.allReduce(gradient, { operation: 'mean' }); // 1.5 everywhere
 * await communicator.close();
 */
export async function joinJob({ watchdog = 20 }: { watchdog?: number } = {}): Promise<Communicator> {
  if (!(watchdog > 0)) throw new RangeError(`watchdog is ${watchdog}, expected a number of seconds above 0`);
  const launch = detectLaunch();
  return launch && launch.worldSize > 1 ? MpiCommunicator.join(launch, watchdog) : new SingleProcess();
}
