import { detectLaunch } from './launcher.js';

/** Lets rank 0 alone speak, where `mpirun` or `srun` started several processes. */
export function muteOtherRanks(): void {
  if ((detectLaunch()?.rank ?? 0) === 0) return;
  for (const stream of [process.stdout, process.stderr]) stream.write = () => true;
}
