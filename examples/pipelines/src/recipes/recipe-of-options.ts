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

/** What a config file sets, not yet checked. */
const configured = ({ config }: RecipeOptions) => (config ? readJson(config, '--config') : {}) as Partial<Recipe>;

/** What options set. */
function given(options: RecipeOptions): Partial<Recipe> {
  const keys = (['backbone', 'crop', 'iterations', 'batch', 'accumulate', 'variant', 'seed'] as const).filter(
    key => options[key] !== undefined,
  );
  return { ...Object.fromEntries(keys.map(key => [key, options[key]])), ...(options.bf16 && { precision: 'bfloat16' }) };
}

/** What a config file and options set, options winning; `recipeOf` checks it. */
export const settingsOf = (options: RecipeOptions): Partial<Recipe> => ({ ...configured(options), ...given(options) });

/** A recipe from its defaults, a config file, and options, each winning over the one before. */
export function recipeOf(defaults: Recipe, options: RecipeOptions): Recipe {
  const config = configured(options);
  const recipe = overlay(overlay(defaults, config, options.config ?? 'config'), given(options), 'options');
  // Short runs are logged at least twenty times, unless they are told how often.
  return config.log?.every || recipe.log.every * 20 <= recipe.iterations
    ? recipe
    : { ...recipe, log: { ...recipe.log, every: Math.max(1, Math.floor(recipe.iterations / 20)) } };
}
