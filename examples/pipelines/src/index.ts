// What a pipeline is composed of, for programs of one's own; the mcc command is cli.ts.
export { type EngineChoice, engineOptions, integer, number, startChosenEngine, words } from './commands/options.js';
export { recipeOf } from './commands/train.js';
export type { Compared } from './compare/comparison.js';
export { type DatasetName, openDataset, recipes } from './data/open-dataset.js';
export { finalEvaluation } from './evaluation/final.js';
export { fusions, multiScaleSegmentation } from './inference/multi-scale-segmentation.js';
export { finalProtocol, type Segmenter, segmenter, trainingProtocol } from './inference/segmenter.js';
export { LargeFov } from './network/large-fov.js';
export { normalizeImages, unnormalizeImages } from './network/normalize.js';
export { parameterGroups } from './network/parameter-groups.js';
export { SegmentationNetwork, type SegmentationNetworkConfig } from './network/segmentation-network.js';
export { backboneOf, checkRecipe, overlay } from './recipes/check-recipe.js';
export { type Recipe, type ScheduleShares, scheduleOf } from './recipes/recipe.js';
export { voc } from './recipes/voc.js';
export { curvesOf } from './report/curve-section.js';
export { readRun } from './report/read-run.js';
export { createNetwork, type LoadedTraining, loadTraining } from './run/checkpoint.js';
export { type IterationContext, type Losses, runIteration } from './training/iteration.js';
export {
  computeLosses,
  lossNames,
  type StepInputs,
  type StepLabels,
  type StepPlan,
  type StepSettings,
  stepInputs,
  trainStep,
} from './training/losses.js';
export { recomputeToFit } from './training/memory-estimate.js';
export { prepareBatch } from './training/prepare-batch.js';
export { startIterations } from './training/start-iterations.js';
export { TracedTrainStep } from './training/traced-step.js';
export { TracedUpdate } from './training/traced-update.js';
