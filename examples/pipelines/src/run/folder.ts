import { existsSync, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { partsOf, withPartsOf } from '../network/pretrained-encoder.js';
import type { Recipe } from '../recipes/recipe.js';

/** Files of a run, by what they are. */
export function runFiles(out: string) {
  const file = (name: string) => join(out, name);
  return {
    recipe: file('recipe.json'),
    log: file('log.jsonl'),
    /** Folder of the newest checkpoints and the best, with their manifests. */
    checkpoints: file('checkpoints'),
    /** The newest of them. */
    checkpoint: file('checkpoint.safetensors'),
    best: file('best.safetensors'),
    /** Folder of descriptions of iterations that were left out because something was not finite. */
    notFinite: file('not-finite'),
    evaluation: file('evaluation.json'),
    /** How well each image of the last evaluation was segmented. */
    imageScores: file('evaluation-images.json'),
    /** Folder of pictures of some images, and of what the network makes of them. */
    examples: file('examples'),
    /** Where and how the run was made. */
    environment: file('environment.json'),
    report: file('report.html'),
    /** List of records that were left out because they cannot be used. */
    skipped: file('skipped.json'),
  };
}

/** Whether the folder holds something to go on from. @throws Error if it holds a run that is not to be continued. */
export function holdsCheckpoint(out: string, resume: boolean): boolean {
  const { checkpoint, checkpoints, log } = runFiles(out);
  // A run that was killed while its first checkpoint was written has the folder, but no manifest in it.
  const saved = existsSync(checkpoint) || (existsSync(checkpoints) && readdirSync(checkpoints).some(name => name.endsWith('.json')));
  if (!resume && (saved || existsSync(log)))
    throw new Error(`${out} already holds a run; choose another --out, or go on with it by --resume`);
  return saved;
}

/** Names of the settings in which a run that is continued differs from its beginning, but for those that it does not learn from. */
export function changesOf(saved: Recipe, now: Recipe): string[] {
  const { remedy } = saved.artifacts;
  // What is left to the run to decide is what it has decided.
  const decided: Recipe = { ...now, artifacts: { ...now.artifacts, remedy: now.artifacts.remedy ?? remedy } };
  const text = (recipe: Recipe, key: string) => JSON.stringify(recipe[key as keyof Recipe]);
  const complete = withPartsOf(decided, partsOf(saved)); // what weights have told of the backbone when the run began
  return Object.keys(saved).filter(key => key !== 'log' && key !== 'evaluation' && text(saved, key) !== text(complete, key));
}

/** What people should know about the room for checkpoints, if it is little. */
export async function describeSpace(out: string, checkpointBytes: number, keep: number): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(out);
  const needed = (keep + 2) * checkpointBytes; // the best one, and the one being written
  const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  if (bavail * bsize >= needed) return undefined;
  const room = `The disk of ${out} has ${gibibytes(bavail * bsize)} left, checkpoints may take ${gibibytes(needed)}`;
  return `${room}: free some space, or keep fewer (log.keepCheckpoints)`;
}
