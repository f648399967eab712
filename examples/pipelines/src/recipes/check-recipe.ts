import { type Backbone, checkConfig, findBackbone } from '@wsss/vit';
import type { Recipe } from './recipe.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Places where a value of another kind than the default's is right. */
const alternatives: Record<string, (value: Json) => boolean> = {
  backbone: value => typeof value === 'string' || isObject(value),
  normalization: value =>
    value === null || (isObject(value) && ['mean', 'std'].every(key => isNumbers(value[key]) && (value[key] as Json[]).length === 3)),
  variant: value => value === 'fixed' || value === 'paper',
  precision: value => value === 'float32' || value === 'bfloat16',
  'optimizer.warmupIterations': isNumberOrNull,
  'optimizer.projectorLearningRate': value => value === null || (typeof value === 'number' && value >= 0),
  'optimizer.clipNorm': value => value === null || (typeof value === 'number' && value > 0),
  'schedule.segmentationAfter': isNumberOrNull,
  'schedule.mainCamForMasksAfter': isNumberOrNull,
  'schedule.mainCamForLabelsAfter': isNumberOrNull,
  'contrast.views': value => value === 'masked' || value === 'crops',
  'crops.size': isNumberOrNull,
  'evaluation.size': isNumberOrNull,
  'evaluation.every': isNumberOrNull,
  'log.checkpointEvery': isNumberOrNull,
};

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function isNumbers(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(v => typeof v === 'number' && Number.isFinite(v));
}
function isNumberOrNull(value: Json): boolean {
  return value === null || Number.isSafeInteger(value);
}

/**
 * Lays settings over a recipe's defaults.
 *
 * @param source What errors call the settings, usually the config file's path.
 * @throws Error naming an unknown key (and the nearest known ones) or a value of the wrong kind.
 */
export function overlay<T extends object>(defaults: T, settings: unknown, source: string, path = ''): T {
  if (!isObject(settings as Json))
    throw new Error(`${source}: ${path || 'the recipe'} must be an object, found ${JSON.stringify(settings)}`);
  const result: Record<string, unknown> = { ...(defaults as Record<string, unknown>) };
  for (const [key, value] of Object.entries(settings as { [key: string]: Json })) {
    const place = path ? `${path}.${key}` : key;
    if (!Object.hasOwn(defaults, key))
      throw new Error(`${source}: unknown key ${JSON.stringify(place)}; known here are ${Object.keys(defaults).join(', ')}`);
    const preset = (defaults as Record<string, Json>)[key]!;
    const check = Object.hasOwn(alternatives, place) ? alternatives[place] : undefined;
    const wrong = (expected: string) =>
      new Error(`${source}: ${place} is ${JSON.stringify(value)}, expected ${expected} like ${JSON.stringify(preset)}`);
    if (check) {
      if (!check(value)) throw wrong('a value');
      result[key] = value;
    } else if (Array.isArray(preset)) {
      if (!isNumbers(value)) throw wrong('a list of numbers');
      result[key] = value;
    } else if (isObject(preset)) {
      result[key] = overlay(preset, value, source, place);
    } else {
      if (typeof value !== typeof preset || (typeof value === 'number' && !Number.isFinite(value))) throw wrong(`a ${typeof preset}`);
      result[key] = value;
    }
  }
  return result as T;
}

/** The backbone that a recipe names or describes, with the normalization to use. @throws Error when it is unknown or impossible. */
export function backboneOf({ backbone, normalization }: Recipe): Backbone {
  const known =
    typeof backbone === 'string' ? findBackbone(backbone) : { mean: [0.5, 0.5, 0.5] as const, std: [0.5, 0.5, 0.5] as const, ...backbone };
  checkConfig(known);
  return { ...known, ...(normalization as Pick<Backbone, 'mean' | 'std'> | null) };
}

/** @throws Error when values of a recipe contradict each other or are out of range. */
export function checkRecipe(recipe: Recipe): void {
  const { patchSize } = backboneOf(recipe);
  const fail = (what: string): never => {
    throw new Error(`recipe: ${what}`);
  };
  for (const key of ['crop', 'batch', 'accumulate', 'iterations'] as const)
    if (!Number.isInteger(recipe[key]) || recipe[key] < 1) fail(`${key} must be a positive integer, got ${recipe[key]}`);
  if (recipe.crop % patchSize) {
    const below = Math.floor(recipe.crop / patchSize) * patchSize;
    fail(`crop ${recipe.crop} is not a multiple of the patch size ${patchSize}; use ${below || patchSize} or ${below + patchSize}`);
  }
  if (!Number.isInteger(recipe.seed) || recipe.seed < 0) fail(`seed must be an integer ≥ 0, got ${recipe.seed}`);
  const { low, high, background } = recipe.cam;
  if (!(0 <= low && low <= high && high <= 1)) fail(`cam.low ${low} and cam.high ${high} must satisfy 0 ≤ low ≤ high ≤ 1`);
  if (!(background >= 0 && background <= 1)) fail(`cam.background must lie in [0, 1], got ${background}`);
  if (recipe.cam.scales.some(scale => scale <= 0)) fail(`cam.scales must be positive, got ${JSON.stringify(recipe.cam.scales)}`);
  if (!Number.isInteger(recipe.log.every) || recipe.log.every < 1) fail(`log.every must be a positive integer, got ${recipe.log.every}`);
  const { size: cropSize, count } = recipe.crops;
  if (cropSize !== null && (cropSize < patchSize || cropSize > recipe.crop))
    fail(`crops.size must lie between a patch (${patchSize}) and the crop (${recipe.crop}), got ${cropSize}`);
  if (!Number.isInteger(count) || count < 1) fail(`crops.count must be a positive integer, got ${count}`);
  for (const [name, weight] of Object.entries(recipe.weights)) if (weight < 0) fail(`weights.${name} must not be negative, got ${weight}`);
  if (!Number.isInteger(recipe.log.keepCheckpoints) || recipe.log.keepCheckpoints < 1)
    fail(`log.keepCheckpoints must be a positive integer, got ${recipe.log.keepCheckpoints}`);
  const { skipAtMost } = recipe.optimizer;
  if (!Number.isInteger(skipAtMost) || skipAtMost < 0) fail(`optimizer.skipAtMost must be an integer ≥ 0, got ${skipAtMost}`);
  const { size } = recipe.evaluation;
  if (size !== null && size < patchSize) fail(`evaluation.size must be at least one patch (${patchSize}), got ${size}`);
}
