import { overlay } from './check-recipe.js';
import { readJson } from './read-json.js';
import type { Recipe } from './recipe.js';

/** The options of commands that say what a recipe is to be. */
export interface RecipeOptions extends Partial<Pick<Recipe, 'crop' | 'iterations' | 'batch' | 'accumulate' | 'variant' | 'seed'>> {
  /** JSON file with values of the recipe. */
  config?: string;
  backbone?: string;
  /** Compute in bfloat16. */
  bf16?: boolean;
}

/** What a config file and options set, options winning; not yet checked. */
export function settingsOf(options: RecipeOptions): Partial<Recipe> {
  const config = options.config ? readJson(options.config, '--config') : {};
  const given = Object.fromEntries(
    (['backbone', 'crop', 'iterations', 'batch', 'accumulate', 'variant', 'seed'] as const)
      .filter(key => options[key] !== undefined)
      .map(key => [key, options[key]]),
  );
  return { ...(config as Partial<Recipe>), ...given, ...(options.bf16 && { precision: 'bfloat16' }) };
}

/** A recipe from its defaults, a config file, and options, each winning over the one before. */
export function recipeOf(defaults: Recipe, options: RecipeOptions): Recipe {
  const set = settingsOf(options);
  const recipe = overlay(defaults, set, options.config ?? 'options');
  // Short runs are logged at least twenty times, unless they are told how often.
  return set.log?.every || recipe.log.every * 20 <= recipe.iterations
    ? recipe
    : { ...recipe, log: { ...recipe.log, every: Math.max(1, Math.floor(recipe.iterations / 20)) } };
}
