/** The two binary interfaces that MPI libraries have: handles are pointers in Open MPI, integers in MPICH and what is built like it. */
export type MpiInterface = 'Open MPI' | 'MPICH';

/** Who started this process as one of several, as far as environment variables tell. */
export interface Launch {
  /** For people: `Open MPI's mpirun`, `Slurm's srun`, … */
  launcher: string;
  /** Whose library the processes must load; undefined where either may be meant. */
  expects?: MpiInterface;
  /** Number of this process, 0 … worldSize − 1. */
  rank: number;
  /** Number of processes. */
  worldSize: number;
}

/**
 * Reads from the environment whether this process is one of several that an MPI launcher started: `mpirun` of Open MPI, MPICH or Intel MPI,
 * or Slurm's `srun`.
 *
 * @returns undefined for a process that was started alone.
 * @throws Error if Slurm started several tasks without offering them an MPI.
 */
export function detectLaunch(environment: Readonly<Record<string, string | undefined>> = process.env): Launch | undefined {
  const number = (...names: string[]) => {
    const name = names.find(name => /^\d+$/.test(environment[name] ?? ''));
    return name === undefined ? undefined : Number(environment[name]);
  };
  // A batch script has the variables of its job, a task of srun those of its step as well.
  const tasks =
    environment.SLURM_PROCID !== undefined && environment.SLURM_STEP_ID !== undefined ? number('SLURM_STEP_NUM_TASKS') : undefined;
  const openMpi = number('OMPI_COMM_WORLD_RANK');
  if (openMpi !== undefined)
    return { launcher: "Open MPI's mpirun", expects: 'Open MPI', rank: openMpi, worldSize: number('OMPI_COMM_WORLD_SIZE') ?? 1 };
  const pmi = number('PMI_RANK');
  if (pmi !== undefined) {
    const intel = Object.keys(environment).some(name => name.startsWith('I_MPI_HYDRA')) || environment.I_MPI_ROOT !== undefined;
    const launcher = tasks !== undefined ? "Slurm's srun" : intel ? "Intel MPI's mpirun" : "MPICH's mpirun";
    return { launcher, expects: 'MPICH', rank: pmi, worldSize: number('PMI_SIZE') ?? tasks ?? 1 };
  }
  const pmix = number('PMIX_RANK');
  if (pmix !== undefined)
    return { launcher: tasks !== undefined ? "Slurm's srun" : 'a PMIx launcher', rank: pmix, worldSize: tasks ?? number('PMIX_SIZE') ?? 1 };
  if (tasks !== undefined && tasks > 1)
    throw new Error(
      `Slurm's srun started ${tasks} tasks without MPI: each would be a run of its own. ` +
        'Start them with srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH, Intel MPI); srun --mpi=list shows what there is',
    );
  return undefined;
}
