import { type LoadedTraining, loadTraining } from '../run/checkpoint.js';

/** Loads the checkpoint that `--checkpoint` names. Where that is a folder whose newest checkpoints are damaged, says so and which one is used. */
export async function trainedNetwork(path: string): Promise<LoadedTraining> {
  const training = await loadTraining(path);
  const { file, info, refused } = training;
  for (const { reason } of refused) process.stderr.write(`Not usable: ${reason}\n`);
  if (refused.length) process.stderr.write(`Using ${file}, after ${info.iteration} iterations\n`);
  return training;
}
