// The entry `@wsss/pipelines/browser`: what of the pipelines needs neither files nor processes, for pages.
export { type Explanation, explainImage } from './explain/explanation.js';
export { classActivations } from './inference/class-activations.js';
export { segmenter, singleProtocol, wholeProtocol } from './inference/segmenter.js';
export { backboneOrSizes } from './network/backbone-of-weights.js';
export { encoderOf, type PretrainedEncoder, reasonAgainst } from './network/pretrained-encoder.js';
export { backboneOf } from './recipes/check-recipe.js';
export type { Recipe } from './recipes/recipe.js';
export { recipes } from './recipes/registry.js';
export { shapesBackbone } from './recipes/shapes.js';
export { smallRecipe } from './recipes/small.js';
export { classesAnImage } from './recipes/some-labels.js';
export { type Advised, inPage, messageInPage } from './run/advice.js';
export { checkpointOf, type TrainingContent, trainingOf } from './run/checkpoint-content.js';
export type { Losses } from './training/losses.js';
export { type NeverFound, neverFound } from './training/never-found.js';
export { type MemoryRun, runInMemory } from './training/run-in-memory.js';
