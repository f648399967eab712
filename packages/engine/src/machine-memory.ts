import { totalmem } from 'node:os';

/** Memory of this machine that the process may use, in bytes: physical memory, or less where a container limits it. */
export function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  const total = totalmem();
  return limit > 0 && limit < total ? limit : total;
}
