import { readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { Communicator } from './communicator.js';

/** Numbers of this machine's NVIDIA GPUs, as far as its files tell. */
function gpusOfMachine(): string[] {
  try {
    return readdirSync('/dev')
      .flatMap(name => /^nvidia(\d+)$/.exec(name)?.[1] ?? [])
      .sort((a, b) => Number(a) - Number(b));
  } catch {
    return [];
  }
}

/**
 * The share of this machine that falls to a rank: one GPU, by local rank, and its part of the processor's cores. The GPU is put into
 * `CUDA_VISIBLE_DEVICES`, so this must come before an engine starts. Where that variable names several GPUs, the local rank chooses among
 * them; where it names one, the launcher has chosen already (`srun --gpus-per-task=1`).
 *
 * @param usesGpus whether the engine that will be started may be a GPU's; false changes nothing and asks for no GPUs.
 * @returns threads for the engine, and the GPU as `CUDA_VISIBLE_DEVICES` names it, if there are any.
 * @throws Error if there are GPUs, but fewer than ranks on this machine.
 */
export function chooseDevice(
  { localRank, localSize }: Pick<Communicator, 'localRank' | 'localSize'>,
  usesGpus: boolean,
  { environment = process.env, gpus = gpusOfMachine() }: { environment?: Record<string, string | undefined>; gpus?: string[] } = {},
): { threads: number; gpu?: string } {
  // Where the launcher binds each process to cores of its own, there is nothing to divide.
  const isBound = availableParallelism() < cpus().length;
  const threads = isBound ? availableParallelism() : Math.max(1, Math.floor(availableParallelism() / localSize));
  if (!usesGpus || localSize === 1 || gpus.length === 0) return { threads };
  const visible = environment.CUDA_VISIBLE_DEVICES?.split(',').filter(Boolean) ?? gpus;
  if (visible.length === 1 && environment.CUDA_VISIBLE_DEVICES !== undefined) return { threads, gpu: visible[0] };
  if (localSize > visible.length)
    throw new Error(
      `${localSize} ranks on this machine, but ${visible.length} GPU${visible.length === 1 ? '' : 's'}: ` +
        'start at most one a GPU, or use --engine native',
    );
  environment.CUDA_VISIBLE_DEVICES = visible[localRank];
  return { threads, gpu: visible[localRank] };
}
