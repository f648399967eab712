import { describe, expect, it } from 'vitest';
import { detectLaunch } from './launcher.js';

describe('detectLaunch', () => {
  it('knows a process that was started alone, also in a Slurm batch script', () => {
    expect(detectLaunch({ HOME: '/root' })).toBeUndefined();
    expect(detectLaunch({ SLURM_JOB_ID: '7', SLURM_NTASKS: '4', SLURM_PROCID: '0' })).toBeUndefined();
    expect(detectLaunch({ SLURM_STEP_ID: '0', SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' })).toBeUndefined();
  });

  it('knows who launched, rank and world size', () => {
    expect(detectLaunch({ OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', PMIX_RANK: '1' })).toEqual({
      launcher: "Open MPI's mpirun",
      expects: 'Open MPI',
      rank: 1,
      worldSize: 4,
    });
    expect(detectLaunch({ PMI_RANK: '0', PMI_SIZE: '2' })).toEqual({ launcher: "MPICH's mpirun", expects: 'MPICH', rank: 0, worldSize: 2 });
    expect(detectLaunch({ PMI_RANK: '0', PMI_SIZE: '2', I_MPI_ROOT: '/opt/intel' })).toMatchObject({ launcher: "Intel MPI's mpirun" });
    const slurm = { SLURM_STEP_ID: '0', SLURM_PROCID: '3', SLURM_STEP_NUM_TASKS: '8' };
    expect(detectLaunch({ ...slurm, PMIX_RANK: '3' })).toEqual({ launcher: "Slurm's srun", rank: 3, worldSize: 8 });
    expect(detectLaunch({ ...slurm, PMI_RANK: '3' })).toMatchObject({ launcher: "Slurm's srun", expects: 'MPICH', rank: 3, worldSize: 8 });
  });

  it('refuses tasks of Slurm that know nothing of each other', () => {
    expect(() => detectLaunch({ SLURM_STEP_ID: '0', SLURM_PROCID: '3', SLURM_STEP_NUM_TASKS: '8' })).toThrow(
      'started 8 tasks without MPI: each would be a run of its own. Start them with srun --mpi=pmix',
    );
  });
});
