import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from './recipes/recipe.js';

/** Files of a run, by what they are. */
export function runFiles(out: string) {
  const file = (name: string) => join(out, name);
  return {
    recipe: file('recipe.json'),
    log: file('log.jsonl'),
    checkpoint: file('checkpoint.safetensors'),
    evaluation: file('evaluation.json'),
    /** How well each image of the last evaluation was segmented. */
    imageScores: file('evaluation-images.json'),
    /** Folder of pictures of some images, and of what the network makes of them. */
    examples: file('examples'),
    /** Where and how the run was made. */
    environment: file('environment.json'),
    report: file('report.html'),
    skipped: file('skipped.json'),
  };
}

/** @throws Error if the folder already holds a run that is not to be continued, or none that could be. */
export function checkRunFolder(out: string, resume: boolean): void {
  const { checkpoint, log } = runFiles(out);
  if (resume && !existsSync(checkpoint)) throw new Error(`--resume: there is no ${checkpoint}; start without --resume`);
  if (!resume && existsSync(log)) throw new Error(`${out} already holds a run; choose another --out, or go on with it by --resume`);
}

/** @throws Error naming the settings in which a run that is continued differs from its beginning. */
export function checkSameRecipe(saved: Recipe, now: Recipe, file: string): void {
  const differing = Object.keys(saved).filter(
    key => JSON.stringify(saved[key as keyof Recipe]) !== JSON.stringify(now[key as keyof Recipe]),
  );
  if (differing.length)
    throw new Error(
      `--resume: ${differing.join(', ')} of the recipe differ from those in ${file}; resume with the settings the run began with`,
    );
}
