import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { longPause } from '@wsss/parallel';
import { type RunLog, writeAtomically } from '@wsss/train';
import { type EvaluationSummary, summaryTable } from '../evaluation/summary.js';
import { writeExamples } from '../report/examples.js';
import { writeReport } from '../report/write-report.js';
import type { PreparedRun } from './prepare.js';

/**
 * Writes what is left to write of a run: its last evaluation, examples and the report.
 *
 * @param evaluation Without it, as of a run that was interrupted, there is nothing to write.
 * @param before The evaluation before the first iteration, if there was one.
 * @returns names of the files that the run has written.
 */
export async function finishRun(
  { out, files, job, network, val, recipe }: PreparedRun,
  log: RunLog,
  evaluation?: EvaluationSummary,
  before?: EvaluationSummary,
): Promise<string[]> {
  const written = [files.recipe, files.log, files.checkpoint];
  if (evaluation && job.rank === 0) {
    job.alive(longPause);
    await writeAtomically(files.evaluation, `${JSON.stringify({ before, evaluation }, null, 2)}\n`);
    log.say(summaryTable(evaluation, before));
    await writeExamples(out, network, val, recipe);
    await writeReport(files.report, [out]);
    written.push(files.evaluation, files.report);
  }
  if (existsSync(files.skipped)) written.push(files.skipped);
  return written.map(file => basename(file));
}
