import { FileFormatError } from '@wsss/numpy';
import fc from 'fast-check';
import type { FuzzTarget } from './fuzz-target.js';

/** What a reader may use at most for one small file. */
const limits = { seconds: 2, megabytes: 256 };

/**
 * Gives damaged files to a reader. Each must be read or refused by an error that was made for people: a FileFormatError or a plain Error,
 * not one of JavaScript's own, such as a TypeError.
 *
 * @param runs how many files
 * @param seed of all of them; a failure names it, and the file in base64
 * @returns how many were read and refused, processor time of the slowest in seconds, and by how many MB the most memory that the process
 *   ever had resident exceeds what it had before
 */
export async function fuzz(target: FuzzTarget, runs: number, seed: number, onFile: () => void) {
  const result = { read: 0, refused: 0, slowest: 0, memory: 0 };
  const before = process.memoryUsage.rss();
  const details = await fc.check(
    fc.asyncProperty(target.files, async bytes => {
      const fail = (reason: string) => new Error(`${target.name}: ${reason}\n${Buffer.from(bytes).toString('base64')}`);
      onFile();
      const start = process.cpuUsage();
      try {
        await target.read(bytes);
        result.read++;
      } catch (error) {
        if (!isForPeople(error)) throw fail(`${(error as Error)?.stack}`);
        result.refused++;
      }
      const { user, system } = process.cpuUsage(start);
      result.slowest = Math.max(result.slowest, (user + system) / 1e6);
      if (result.slowest > limits.seconds) throw fail(`a file took ${result.slowest.toFixed(1)} s`);
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  if (details.failed)
    throw new Error(`after ${result.read + result.refused} files of seed ${seed}: ${(details.errorInstance as Error).message}`);
  result.memory = Math.max(0, process.resourceUsage().maxRSS / 1024 - before / 2 ** 20);
  if (result.memory > limits.megabytes) throw new Error(`${target.name}: ${result.memory.toFixed(0)} MB more memory than before`);
  return result;
}

function isForPeople(error: unknown): boolean {
  return error instanceof FileFormatError || (error instanceof Error && error.constructor === Error);
}
