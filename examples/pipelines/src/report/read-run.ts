import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseJson, readFileSync, reasonOf } from '@wsss/files';
import type { LogRecord } from '@wsss/train';
import type { z } from 'zod';
import type { ImageScores } from '../evaluation/image-scores.js';
import type { EvaluationSummary } from '../evaluation/summary.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Session } from '../run/environment.js';
import { runFiles } from '../run/folder.js';
import type { ExampleRecord } from './examples.js';
import { environmentFile, evaluationFile, examplesFile, imageScoresFile, logLine, recipeFile } from './run-files.js';

/** A run as its folder tells it. What a run has not written, because it is still going on, is absent. */
export interface Run {
  /** What the page calls it. */
  name: string;
  folder: string;
  recipe: Recipe;
  records: LogRecord[];
  /** Iterations done. */
  iterations: number;
  before?: EvaluationSummary;
  evaluation?: EvaluationSummary;
  imageScores?: ImageScores;
  /** Paths of its pictures are relative to the folder. */
  examples: ExampleRecord[];
  sessions: Session[];
}

/**
 * Reads the folder of a run.
 *
 * @throws Error when it is not one, or a file in it is damaged.
 */
export function readRun(folder: string): Run {
  const files = runFiles(folder);
  if (!existsSync(folder)) throw new Error(`${folder} not found; give the folder of a run`);
  for (const file of [files.recipe, files.log])
    if (!existsSync(file)) throw new Error(`${folder} is not the folder of a run: there is no ${basename(file)} in it`);
  const records = readLog(files.log);
  const { before, evaluation } =
    readJsonIfThere<{ before?: EvaluationSummary; evaluation?: EvaluationSummary }>(files.evaluation, evaluationFile) ?? {};
  return {
    name: basename(resolve(folder)),
    folder,
    recipe: readJsonIfThere<Recipe>(files.recipe, recipeFile)!,
    records,
    iterations: records.reduce((most, { step }) => Math.max(most, step), 0),
    before,
    evaluation,
    imageScores: readJsonIfThere<ImageScores>(files.imageScores, imageScoresFile),
    examples: readJsonIfThere<ExampleRecord[]>(join(files.examples, 'index.json'), examplesFile) ?? [],
    sessions: readJsonIfThere<Session[]>(files.environment, environmentFile) ?? [],
  };
}

/** Reads several runs; where folders have the same name, their paths tell them apart. */
export function readRuns(folders: readonly string[]): Run[] {
  const twice = folders.find((folder, i) => folders.findIndex(other => resolve(other) === resolve(folder)) < i);
  if (twice) throw new Error(`${twice} is given twice`);
  const runs = folders.map(readRun);
  return runs.map(run => (runs.filter(({ name }) => name === run.name).length > 1 ? { ...run, name: run.folder } : run));
}

/** Values that JSON cannot hold, such as the IoU of a class that never occurs, are null in files. */
function readJsonIfThere<T>(file: string, form: z.ZodType): T | undefined {
  return existsSync(file) ? checkedJson<T>(parsed(file), file, form) : undefined;
}

function parsed(file: string): unknown {
  try {
    return parseJson(readFileSync(file, 'utf8'), 'it');
  } catch (error) {
    throw new Error(`${file} is damaged: ${reasonOf(error)}`, { cause: error });
  }
}

function checkedJson<T>(found: unknown, source: string, form: z.ZodType): T {
  const { error } = form.safeParse(found);
  if (error) throw new Error(`${source} is damaged: it has no right ${error.issues[0]!.path.join('.') || 'form'}`);
  return found as T;
}

/** The records of a log. A last line without its end was being written when the run stopped, and is left out. */
function readLog(file: string): LogRecord[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line, i) => {
    const source = `${file} line ${i + 1}`;
    try {
      return checkedJson<LogRecord>(JSON.parse(line), source, logLine);
    } catch {
      throw new Error(`${source} is damaged: it is no record of a log`);
    }
  });
}
