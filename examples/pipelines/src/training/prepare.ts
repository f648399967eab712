import { type DatasetName, openDataset, type SegmentationDataset, type TrainingBatchOptions } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { type Communicator, folderOfRank, requireSame, SingleProcess } from '@wsss/parallel';
import { subsetLabels } from '../evaluation/summary.js';
import { checkFit, partsOf, readEncoder, withPartsOf } from '../network/pretrained-encoder.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf, checkRecipe } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/registry.js';
import { inCommand } from '../run/advice.js';
import type { LoadedTraining } from '../run/checkpoint.js';
import { holdsCheckpoint, runFiles } from '../run/folder.js';
import { loadEarlier } from '../run/resume.js';
import { checkTrainingData } from './check-training-data.js';
import { type DividedRun, divideRun } from './divided-run.js';
import { requireRoom } from './memory-estimate.js';
import { settleArtifacts } from './settle-artifacts.js';
import { startingNetwork } from './starting-network.js';

export interface TrainingRunOptions {
  dataset: DatasetName;
  /** Folder of the data, where the dataset has one. */
  root?: string;
  /** Splits to train on and to evaluate with; default: the dataset's usual ones. */
  trainSplit?: string;
  valSplit?: string;
  recipe: Recipe;
  /** Weights of the encoder: safetensors, PyTorch or NumPy, under timm's, Hugging Face's or Google's names. Default: random ones. */
  weights?: string;
  /** What stands before the encoder's names in it, where it holds several. */
  prefix?: string;
  /** Folder of the run. */
  out: string;
  engine: Engine;
  /** Bytes that an iteration may take; blocks are computed again if it needs more. Default: what the engine has. */
  memory?: number;
  /** Go on from the newest whole checkpoint in the folder, or start where there is none. */
  resume?: boolean;
  /** Go on even with other settings than the run began with. */
  acceptChanges?: boolean;
  /** The ranks that train together. Default: this process alone. */
  job?: Communicator;
  /** What gradients travel in between the ranks. Default `full` precision. */
  wire?: 'full' | 'float16';
  /** After every how many iterations the ranks verify that they hold the same parameters. Default 500. */
  verifyEvery?: number;
  /** Classes whose mean IoU with background is reported too. */
  meanOver?: readonly string[];
  /** Where image-level labels come from, see `openDataset`. */
  labels?: string;
  /** Go on without records that cannot be used, and list them in the folder. */
  skipBad?: boolean;
}

/** A run before its first iteration: everything is read and checked, and nothing but the list of bad records is written. */
export interface PreparedRun extends Pick<TrainingBatchOptions, 'onBadRecord'> {
  dataset: DatasetName;
  recipe: Recipe;
  engine: Engine;
  job: Communicator;
  train: SegmentationDataset;
  val: SegmentationDataset;
  /** The network to train, and one as it was before the first iteration. */
  network: SegmentationNetwork;
  initialNetwork(): SegmentationNetwork;
  /** Of a run that goes on: where it was, and what people should know. */
  earlier?: LoadedTraining;
  remarks: string[];
  /** Iterations done. */
  start: number;
  division: DividedRun;
  /** Folder that this rank writes into, and what is in it. */
  out: string;
  files: ReturnType<typeof runFiles>;
  /** How many records are left out so far, by split. */
  skipped(): { train: number; val: number };
}

/** @throws Error when data, weights or recipe do not fit, or the folder already holds a run. */
export async function prepareRun(options: TrainingRunOptions): Promise<PreparedRun> {
  const { dataset, engine, job = new SingleProcess(), weights } = options;
  checkRecipe(options.recipe);
  if (options.prefix !== undefined && !weights)
    throw new Error('--prefix chooses an encoder among those in --weights; give --weights with it');
  const pretrained = weights ? await readEncoder(weights, options.prefix) : undefined;
  const asked = withPartsOf(options.recipe, pretrained?.sizes ?? {});
  if (weights && pretrained) checkFit(backboneOf(asked), pretrained, weights);
  const { trainSplit, valSplit } = recipes[dataset];
  const saved = holdsCheckpoint(options.out, options.resume ?? false);
  const source = { root: options.root, lenient: options.skipBad };
  const train = await openDataset(dataset, { ...source, split: options.trainSplit ?? trainSplit, labels: options.labels });
  const wholeVal = await openDataset(dataset, { ...source, split: options.valSplit ?? valSplit });
  subsetLabels(options.meanOver, wholeVal.classes); // throws before anything is computed
  requireRoom(asked, train.classes.length, engine, options.memory);

  const { earlier, remarks } = saved
    ? await loadEarlier(options.out, { ...options, recipe: asked, train })
    : { earlier: undefined, remarks: [] as string[] };
  const start = earlier?.info.iteration ?? 0;
  const division = divideRun(asked, job, earlier?.info);
  // What the others do is looked at before rank 0 changes anything in the folder.
  await requireSame(job, { start, recipe: asked, images: train.length, samples: division.samplesBefore(start) });
  const out = folderOfRank(job, options.out);
  const files = runFiles(out);
  const { val, onBadRecord, skipped } = await checkTrainingData({
    train,
    val: wholeVal,
    positions: {
      seed: asked.seed,
      from: division.samplesBefore(start),
      to: division.samplesBefore(asked.iterations),
      streams: { count: division.wanted, batchSize: asked.batch },
    },
    skipBad: options.skipBad ?? false,
    listFile: files.skipped,
  });
  const beginning = { classes: train.classes.length, engine, memory: options.memory };
  const untrained = (recipe: Recipe) =>
    startingNetwork(recipe, { ...beginning, ...(weights && pretrained && { pretrained: { encoder: pretrained, source: weights } }) });
  const { recipe, network, remark } = earlier
    ? {
        recipe: { ...withPartsOf(asked, partsOf(earlier.info.recipe)), artifacts: earlier.info.recipe.artifacts },
        network: earlier.network,
      }
    : await settleArtifacts(asked, train, untrained(asked));
  if (remark) remarks.push(inCommand(remark));
  return {
    ...{ dataset, recipe, engine, job, train, val, network, initialNetwork: () => untrained(recipe), earlier, remarks },
    ...{ start, division, out, files, onBadRecord, skipped },
  };
}
