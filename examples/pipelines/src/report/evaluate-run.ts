import { openDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { catchInterruption, writeAtomically } from '@wsss/train';
import { evaluateInRun } from '../evaluation/during-training.js';
import { recipes } from '../recipes/registry.js';
import { loadTraining } from '../run/checkpoint.js';
import { runFiles } from '../run/folder.js';
import { writeExamples } from './examples.js';

/**
 * Scores the checkpoint of a run and writes into its folder what its own evaluation would have written.
 *
 * @param where Folder of the data, and the split if it is not the usual one.
 * @returns whether it was not interrupted.
 */
export async function evaluateRun(folder: string, engine: Engine, where: { data?: string; split?: string }): Promise<boolean> {
  const files = runFiles(folder);
  const { network, info } = await loadTraining(files.checkpoint);
  const { recipe, iteration } = info;
  const { signal, release } = catchInterruption({ doing: 'finishing the images at hand, then stopping' });
  try {
    const dataset = await openDataset(info.dataset, { root: where.data, split: where.split ?? recipes[info.dataset].valSplit });
    const about = { dataset, recipe, engine, stream: process.stderr, signal, imageScores: files.imageScores };
    const evaluation = await evaluateInRun(network, iteration, about);
    if (!evaluation) {
      process.exitCode = 130;
      process.stderr.write(`Interrupted; nothing in ${folder} was changed.\n`);
    } else {
      await writeAtomically(files.evaluation, `${JSON.stringify({ evaluation }, null, 2)}\n`);
      await writeExamples(folder, network, dataset, recipe);
      process.stderr.write(`${files.evaluation}: ${evaluation.images} images after ${iteration} iterations\n`);
    }
    return evaluation !== undefined;
  } finally {
    release();
    network.dispose();
  }
}
