import { visible } from '@wsss/files';
import { Progress, RunLog, writeAtomically } from '@wsss/train';
import { describeBackbone } from '../recipes/check-recipe.js';
import type { CodeVersion } from '../run/code-version.js';
import { recordSession } from '../run/environment.js';
import { describeSpace } from '../run/folder.js';
import { rewindRun } from '../run/resume.js';
import { guessOf } from './guess.js';
import { LearningWatch } from './learning-watch.js';
import type { PreparedRun, TrainingRunOptions } from './prepare.js';
import { rehearse } from './rehearse.js';
import type { StartedIterations } from './start-iterations.js';

/** Writes into the run's folder what it is, takes its log back to where it goes on, and says what is about to happen. */
export async function beginRun(
  run: PreparedRun,
  iterations: StartedIterations,
  code: CodeVersion,
  options: Pick<TrainingRunOptions, 'root' | 'weights' | 'resume' | 'acceptChanges'>,
): Promise<{ log: RunLog; progress: Progress; watch: LearningWatch }> {
  const { values, schedule } = iterations;
  const { dataset, recipe, engine, job, train, val, earlier, start, division, out, files } = run;
  await writeAtomically(files.recipe, `${JSON.stringify(recipe, null, 2)}\n`);
  await rewindRun(out, earlier, options.acceptChanges);
  const splits = { training: { split: train.split, images: train.length }, validation: { split: val.split, images: val.length } };
  const origin = {
    from: start,
    dataset,
    ...splits,
    data: options.root,
    weights: options.weights,
    trainableValues: values,
    code,
    remarks: run.remarks,
  };
  await recordSession(out, origin, engine);
  const progress = new Progress({ total: recipe.iterations, start, label: 'train' });
  const log = new RunLog(out, { clock: Date.now, stream: progress, restartAt: options.resume ? start : undefined });
  const { worldSize, library } = job;
  const ranks = worldSize > 1 ? [`${worldSize} ranks, ${library}`] : [];
  const network = `${describeBackbone(recipe)}, ${(values / 1e6).toFixed(1)} M trainable values`;
  log.say([`${dataset} ${train.split}: ${train.length} images`, network, engine.version, ...ranks, `writing to ${out}`].join(' · '));
  if (options.resume && !earlier) log.say(`There is no checkpoint in ${out}: starting from the beginning`);
  const shortage = await describeSpace(out, values * 12, recipe.log.keepCheckpoints);
  const notes = [train, val].flatMap(({ split, opened }) => (opened?.notes ?? []).map(note => `${dataset} ${split}: ${note}`));
  for (const remark of [...notes, ...run.remarks, division.remark, shortage]) if (remark) log.say(visible(remark));
  if (!val.mask) log.say(`${dataset} ${val.split} has no masks: nothing is evaluated`);
  const estimate = await rehearse(iterations, { recipe, start, classes: train.classes.length, parts: division.parts });
  if (estimate) log.say(estimate);
  return { log, progress, watch: new LearningWatch(await guessOf(train), schedule, start) };
}
