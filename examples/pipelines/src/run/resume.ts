import type { DatasetName, SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { lossOfLog, rewindLog } from '@wsss/train';
import type { Recipe } from '../recipes/recipe.js';
import { type LoadedTraining, loadTraining, runCheckpoints } from './checkpoint.js';
import { type CodeVersion, codeVersion } from './code-version.js';
import { changesOf } from './folder.js';

/** What a run is about to do, to be compared with what it did. */
interface Now {
  dataset: DatasetName;
  train: SegmentationDataset;
  recipe: Recipe;
  engine: Engine;
  /** Whether other settings than before are welcome. */
  acceptChanges?: boolean;
}

/**
 * Where a run that goes on was: its newest whole checkpoint, and what people should know.
 *
 * @throws Error when it would be another run than it was.
 */
export async function loadEarlier(out: string, now: Now): Promise<{ earlier: LoadedTraining; remarks: string[] }> {
  const earlier = await loadTraining(out);
  try {
    return { earlier, remarks: [...remarksOn(earlier, now), ...(await remarksOnLog(out, earlier, now))] };
  } catch (error) {
    earlier.network.dispose();
    throw error;
  }
}

/**
 * Takes a run's folder back to where it goes on: what was logged and saved beyond it will be made again.
 *
 * @param repair leave damaged lines out of the log's middle; it is kept as it was under another name.
 */
export async function rewindRun(out: string, earlier?: LoadedTraining, repair?: boolean): Promise<void> {
  const start = earlier?.info.iteration ?? 0;
  await runCheckpoints(out).setAsideAfter(start);
  const evaluated = earlier?.evaluation !== undefined;
  // The evaluation of the untrained network comes last, and bears step 0.
  const stays = (kind: string) => kind !== 'before' && (kind !== 'evaluate' || evaluated);
  await rewindLog(out, ({ kind, step }) => (step < start && kind !== 'before') || (step === start && stays(kind)), { repair });
}

/** What is missing of the log. @throws Error unless that is welcome, too. */
async function remarksOnLog(out: string, { info, file }: LoadedTraining, { acceptChanges }: Now): Promise<string[]> {
  const loss = info.logged && (await lossOfLog(out, info.logged));
  if (!loss) return [];
  if (loss.endsWith('is gone')) return [`${loss}: there is no record of the first ${info.iteration} iterations`];
  if (!acceptChanges)
    throw new Error(
      `--resume: ${loss}, since ${file} was saved. Nothing was changed. Put a whole copy there, move it away to begin a new one, ` +
        'or go on with what is left of it by --accept-changes; the log as it is will be kept as log.jsonl.damaged',
    );
  return [`${loss}: going on with what is left of it`];
}

function remarksOn(earlier: LoadedTraining, now: Now): string[] {
  const { dataset, train, recipe, engine, acceptChanges } = now;
  const { info, file, refused } = earlier;
  const { about } = info;
  const remarks = refused.map(({ reason }) => `Not usable: ${reason}`);
  remarks.push(`Going on after ${info.iteration} iterations, from ${file}`);
  if (info.dataset !== dataset || `${info.classes}` !== `${train.classes}`)
    throw new Error(
      `--resume: ${file} was trained on the classes ${info.classes.join(', ')} of ${info.dataset}; resume with the same data`,
    );
  if (about.data.split !== train.split || about.data.images !== train.length)
    throw new Error(
      `--resume: ${file} was trained on the ${about.data.images} images of ${about.data.split}, ` +
        `here are ${train.length} of ${train.split}; resume with the same data`,
    );
  const changes = changesOf(info.recipe, recipe);
  if (changes.length && !acceptChanges)
    throw new Error(
      `--resume: ${changes.join(', ')} of the recipe differ from those in ${file}; ` +
        'resume with the settings the run began with, or say --accept-changes',
    );
  if (changes.length) remarks.push(`From here on with another ${changes.join(', ')} than before`);
  if (about.engine.version !== engine.version || about.engine.threads !== engine.threads)
    remarks.push(
      `It began on ${about.engine.version} with ${about.engine.threads} threads; ` +
        `on ${engine.version} with ${engine.threads} its numbers will differ in the last digits`,
    );
  const code = codeVersion();
  if (JSON.stringify(about.code) !== JSON.stringify(code))
    remarks.push(`It began with another version of this program (${describeCode(about.code)}, now ${describeCode(code)})`);
  return remarks;
}

function describeCode({ mcc, commit, node, tfjs }: CodeVersion): string {
  return `mcc ${mcc}${commit ? ` at ${commit}` : ''}, Node ${node}, TensorFlow.js ${tfjs}`;
}
