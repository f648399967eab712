import { type Backbone, checkConfig, findBackbone } from '@wsss/vit';
import type { z } from 'zod';
import { type Recipe, recipeSchema } from './recipe.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Lays settings over a recipe's defaults, value by value; lists and backbones replace the default.
 *
 * @param source What errors call the settings, usually the config file's path.
 * @throws Error naming an unknown key (and the known ones) or a value that cannot be.
 */
export function overlay(defaults: Recipe, settings: unknown, source: string): Recipe {
  if (!isObject(settings)) throw new Error(`${source}: the recipe must be an object, found ${JSON.stringify(settings)}`);
  const whole = merged(defaults as unknown as Json, settings);
  const { error } = recipeSchema.safeParse(whole);
  if (error) throw new Error(`${source}: ${describe(error.issues[0]!, whole, defaults)}`);
  return whole as unknown as Recipe;
}

function merged(defaults: Json, settings: Json): Json {
  if (!isObject(defaults) || !isObject(settings)) return settings;
  const keys = Object.entries(settings).map(([key, value]) => {
    const replaced = key === 'backbone' || !Object.hasOwn(defaults, key);
    return [key, replaced ? value : merged(defaults[key]!, value)] as const;
  });
  return { ...defaults, ...Object.fromEntries(keys) };
}

/** What is wrong with a recipe in one line: the place, what was found, what was expected. */
function describe(issue: z.core.$ZodIssue, recipe: unknown, defaults?: Recipe): string {
  const at = (root: unknown, path: readonly PropertyKey[]) =>
    path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], root);
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys((at(defaults ?? recipe, issue.path) as object) ?? {});
    return `unknown key ${JSON.stringify([...issue.path, issue.keys[0]].join('.'))}; known here are ${known.join(', ')}`;
  }
  const value = at(recipe, issue.path);
  const inner = issue.code === 'invalid_union' && isObject(value) ? issue.errors.at(-1)?.[0] : undefined; // sizes of a backbone
  if (inner) return describe({ ...inner, path: [...issue.path, ...inner.path] }, recipe, defaults);
  const found = JSON.stringify(value);
  const preset = at(defaults, issue.path);
  if (issue.code === 'invalid_type' && issue.expected === 'object') return `${place} must be an object, found ${found}`;
  return `${place} is ${found ?? 'missing'}, expected ${expected(issue)}${preset === undefined ? '' : ` like ${JSON.stringify(preset)}`}`;
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return { int: 'a whole number', array: 'a list' }[issue.expected as string] ?? `a ${issue.expected}`;
  if (issue.code === 'too_small')
    return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${issue.origin === 'array' ? ' values' : ''}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}${issue.origin === 'array' ? ' values' : ''}`;
  if (issue.code === 'invalid_value') return issue.values.map(value => JSON.stringify(value)).join(' or ');
  return issue.message;
}

function isObject(value: unknown): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The backbone that a recipe names or describes, with the normalization to use. @throws Error when it is unknown or impossible. */
export function backboneOf({ backbone, normalization }: Recipe): Backbone {
  const known =
    typeof backbone === 'string' ? findBackbone(backbone) : { mean: [0.5, 0.5, 0.5] as const, std: [0.5, 0.5, 0.5] as const, ...backbone };
  checkConfig(known);
  return { ...known, ...(normalization as Pick<Backbone, 'mean' | 'std'> | null) };
}

/** What people call a recipe's backbone. */
export const describeBackbone = ({ backbone }: Recipe) =>
  typeof backbone === 'string' ? backbone : `ViT ${backbone.embedSize}×${backbone.depth}, patch ${backbone.patchSize}`;

/** @throws Error when a value of a recipe cannot be, or values contradict each other. */
export function checkRecipe(recipe: Recipe): void {
  const fail = (what: string): never => {
    throw new Error(`recipe: ${what}`);
  };
  const { error } = recipeSchema.safeParse(recipe);
  if (error) fail(describe(error.issues[0]!, recipe));
  const { crop, cam, crops, evaluation } = recipe;
  const { patchSize } = backboneOf(recipe);
  if (crop % patchSize) {
    const below = Math.floor(crop / patchSize) * patchSize;
    fail(`crop ${crop} is not a multiple of the patch size ${patchSize}; use ${below || patchSize} or ${below + patchSize}`);
  }
  if (cam.low > cam.high) fail(`cam.low ${cam.low} and cam.high ${cam.high} must satisfy 0 ≤ low ≤ high ≤ 1`);
  if (crops.size !== null && (crops.size < patchSize || crops.size > crop))
    fail(`crops.size must lie between a patch (${patchSize}) and the crop (${crop}), got ${crops.size}`);
  if (evaluation.size !== null && evaluation.size < patchSize)
    fail(`evaluation.size must be at least one patch (${patchSize}), got ${evaluation.size}`);
}
