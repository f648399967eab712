import { createHash } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskFull, isUnfinished, parseJson, readFile, reasonOf, writeAtomically } from '@wsss/files';
import { readCheckpoint, saveCheckpoint } from './checkpoint.js';
import type { Checkpoint, LoadedCheckpoint } from './checkpoint-content.js';

/** What is known about a checkpoint; kept beside it as `iteration-00000400.json`. */
export interface CheckpointManifest {
  format: 'wsss-checkpoint-1';
  /** Iterations done. */
  iteration: number;
  /** Name of the safetensors file, its size, and its SHA-256. */
  file: string;
  bytes: number;
  sha256: string;
  /** By which the best checkpoint is found; higher is better. */
  score?: number;
  /** Anything else that is known, such as the results of an evaluation. */
  notes: Record<string, unknown>;
}

/** A checkpoint that was read and found to be whole. */
export interface FoundCheckpoint extends LoadedCheckpoint {
  file: string;
  manifest: CheckpointManifest;
}

/**
 * The checkpoints of a run, each a safetensors file and a manifest that is written last: one without a whole manifest, or whose bytes
 * differ from it, does not count. The newest few are kept, and the best.
 *
 * @example
 * const checkpoints = new CheckpointFolder('runs/voc/checkpoints', { keep: 3 });
 * await checkpoints.save(2000, { tensors, metadata });
 * await checkpoints.annotate(2000, { score: 0.61, notes: { miou: 0.61 } });
 * const { found, refused } = await checkpoints.newest();
 */
export class CheckpointFolder {
  private readonly keep: number;

  /**
   * @param folder made when something is saved.
   * @param options what is kept.
   * @param options.keep how many of the newest are kept, ≥ 1. Default 3. The one with the highest score is kept besides.
   * @throws RangeError if `keep` is not a whole number from 1.
   */
  constructor(
    readonly folder: string,
    { keep = 3 }: { keep?: number } = {},
  ) {
    if (!Number.isInteger(keep) || keep < 1) throw new RangeError(`CheckpointFolder: keep is ${keep}, expected a whole number from 1.`);
    this.keep = keep;
  }

  /**
   * Saves a checkpoint durably, then its manifest, then deletes those that need not be kept. If the disk is full, older checkpoints give
   * way, but never the newest.
   *
   * @param iteration iterations done, an integer ≥ 0.
   * @returns path of the safetensors file.
   * @throws Error naming the file if it cannot be written. Earlier checkpoints are unchanged then, the newest at any rate.
   */
  async save(iteration: number, checkpoint: Checkpoint, notes: Record<string, unknown> = {}): Promise<string> {
    const write = async () => {
      const name = nameOf(iteration);
      await rm(join(this.folder, `${name}.json`), { force: true });
      const file = join(this.folder, `${name}.safetensors`);
      const { bytes, sha256 } = await saveCheckpoint(file, checkpoint);
      const manifest = { format: 'wsss-checkpoint-1' as const, iteration, file: `${name}.safetensors`, bytes, sha256, notes };
      await this.writeManifest(manifest).catch(async error => {
        await rm(file, { force: true }); // without its manifest it only takes space
        throw error;
      });
      return file;
    };
    const file = await write().catch(async error => {
      if (!isDiskFull(error)) throw error;
      await this.prune(1, iteration);
      return write();
    });
    await this.prune(this.keep);
    return file;
  }

  /** Adds notes to a checkpoint. @returns whether it is the best now. @throws Error if its manifest is not whole or cannot be written. */
  async annotate(iteration: number, { score, notes }: { score?: number; notes: Record<string, unknown> }): Promise<boolean> {
    const manifest = await readManifest(join(this.folder, `${nameOf(iteration)}.json`));
    await this.writeManifest({ ...manifest, ...(score !== undefined && { score }), notes: { ...manifest.notes, ...notes } });
    await this.prune(this.keep);
    return (await this.bestOf(await this.manifestNames())) === nameOf(iteration);
  }

  /** The newest checkpoint that is whole, by its SHA-256, if there is one; and for each newer one what is wrong with it. */
  async newest(): Promise<{ found?: FoundCheckpoint; refused: { file: string; reason: string }[] }> {
    const refused: { file: string; reason: string }[] = [];
    for (const name of (await this.manifestNames()).reverse()) {
      const file = join(this.folder, `${name}.safetensors`);
      try {
        const manifest = await readManifest(join(this.folder, `${name}.json`));
        const { problem, ...checkpoint } = await readCheckpoint(file);
        checkAgainst(manifest, checkpoint, file);
        if (problem) throw new Error(problem);
        return { found: { ...checkpoint, file, manifest }, refused };
      } catch (error) {
        refused.push({ file, reason: (error as Error).message });
      }
    }
    return { refused };
  }

  /** Puts checkpoints aside that are newer than where a run goes on: they are damaged, or will be computed again. */
  async setAsideAfter(iteration: number): Promise<void> {
    for (const name of await this.manifestNames()) {
      if (iterationOf(name) <= iteration) continue;
      await rm(join(this.folder, `${name}.json`), { force: true });
      const file = join(this.folder, `${name}.safetensors`);
      await rename(file, `${file}.damaged`).catch(() => undefined);
    }
  }

  /** Keeps the newest `keep` before an iteration, the best, and everything from that iteration on. Leftovers of killed runs go too. */
  private async prune(keep: number, before = Number.POSITIVE_INFINITY): Promise<void> {
    const names = await this.manifestNames();
    const older = names.filter(name => iterationOf(name) < before);
    const kept = new Set([...older.slice(-keep), ...names.slice(older.length), await this.bestOf(names)]);
    for (const file of (await this.files()).sort()) // a manifest before its checkpoint
      if (isUnfinished(file) || (pattern.test(file) && !kept.has(file.replace(/\..*/, ''))))
        await rm(join(this.folder, file), { force: true });
  }

  /** The latest of those with the highest score. */
  private async bestOf(names: readonly string[]): Promise<string | undefined> {
    const manifests = await Promise.all(names.map(name => readManifest(join(this.folder, `${name}.json`)).catch(() => undefined)));
    const scores = manifests.map(manifest => manifest?.score ?? Number.NEGATIVE_INFINITY);
    const best = Math.max(...scores);
    return best > Number.NEGATIVE_INFINITY ? names[scores.lastIndexOf(best)] : undefined;
  }

  /** Names of the checkpoints that have a manifest, oldest first. */
  private async manifestNames(): Promise<string[]> {
    const names = (await this.files()).filter(file => pattern.test(file) && file.endsWith('.json'));
    return names.map(file => file.replace(/\.json$/, '')).sort((a, b) => iterationOf(a) - iterationOf(b));
  }

  private async files(): Promise<string[]> {
    return readdir(this.folder).catch(() => []);
  }

  private async writeManifest(manifest: CheckpointManifest): Promise<void> {
    const text = JSON.stringify({ ...manifest, check: checkOf(manifest) }, null, 2);
    await writeAtomically(join(this.folder, `${nameOf(manifest.iteration)}.json`), `${text}\n`);
  }
}

/** Reads a manifest and checks that nothing in it was changed. @throws Error naming the file if it is missing, damaged, or none. */
export async function readManifest(file: string): Promise<CheckpointManifest> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`manifest ${file} could not be read: ${error.code === 'ENOENT' ? 'there is no such file' : reasonOf(error)}.`);
  });
  let parsed = null as (CheckpointManifest & { check: string }) | null;
  try {
    parsed = parseJson(text, file) as typeof parsed;
  } catch {
    // said below
  }
  const { check, ...manifest } = parsed ?? { check: '' };
  if (parsed === null || parsed.format !== 'wsss-checkpoint-1' || check !== checkOf(manifest as CheckpointManifest))
    throw new Error(`manifest ${file} is damaged, or none of this program.`);
  return manifest as CheckpointManifest;
}

/** @throws Error if a file is not the one that its manifest describes. */
export function checkAgainst(manifest: CheckpointManifest, { sha256 }: { sha256: string }, file: string): void {
  if (manifest.sha256 !== sha256)
    throw new Error(`checkpoint ${file} is damaged: its SHA-256 is ${sha256}, its manifest says ${manifest.sha256}.`);
}

const pattern = /^iteration-\d+\.(safetensors|json)$/;
const nameOf = (iteration: number) => `iteration-${String(iteration).padStart(8, '0')}`;
const iterationOf = (name: string) => Number(name.slice('iteration-'.length));
const checkOf = (manifest: CheckpointManifest) => createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
