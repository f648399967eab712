import { FolderLock, requireInside } from '@wsss/files';
import type { Communicator } from '@wsss/parallel';

/** A folder that this job alone works in. */
export interface OwnFolder {
  /** @throws LockLostError if it is gone, or somebody else's by now. */
  check(): void;
  release(): void;
}

/** What is in a folder that commands write into without replacing it. */
const writtenInto = [
  'log.jsonl',
  'checkpoints',
  'not-finite',
  'examples',
  'labels',
  'overlays',
  'cams',
  'arrays',
  'confidence',
  'progress.jsonl',
];

/**
 * Makes a folder the job's own, until it is released or the process ends. Rank 0 takes it; the others go on when it has.
 *
 * @param doing what for; told to others who want it.
 * @throws Error saying who has it, or what in it is a link that leads elsewhere.
 */
export async function ownFolder(folder: string, doing: string, job?: Communicator): Promise<OwnFolder> {
  const lock = !job || job.rank === 0 ? await FolderLock.acquire(folder, { doing }) : undefined;
  try {
    requireInside(folder, writtenInto);
  } catch (error) {
    lock?.release();
    throw error;
  }
  await job?.barrier();
  return { check: () => lock?.check(), release: () => lock?.release() };
}
