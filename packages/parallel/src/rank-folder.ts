import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Communicator } from './communicator.js';

/** Where a rank writes: rank 0 into the run's folder, the others, whose files nobody needs, into one that is removed at the end. */
export function folderOfRank(job: Communicator, folder: string): string {
  if (job.rank === 0) return folder;
  const own = mkdtempSync(join(tmpdir(), `rank-${job.rank}-`));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  return own;
}
