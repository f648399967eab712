import { backboneOf } from './check-recipe.js';
import type { Recipe } from './recipe.js';

/** Above this share a run says so: the recipe's own, 49 cells at 448², is 0.08. */
const tolerable = 0.25;

/**
 * Expected share of local views that see no patch: all cells of a mask are hidden with probability ratio^cells. Such a view says nothing
 * of the image, and counts as negative. Null where the recipe contrasts no masked views.
 */
export function emptyViewShare(recipe: Recipe): number | null {
  const { weights, contrast, masks } = recipe;
  return weights.contrast > 0 && contrast.views === 'masked' ? masks.ratio ** cellsOf(recipe) : null;
}

/** What to say of a recipe more than a quarter of whose local views see nothing, with the cells that change it; undefined for others. */
export function remarkOnEmptyViews(recipe: Recipe): string | undefined {
  const share = emptyViewShare(recipe);
  if (share === null || share <= tolerable) return undefined;
  const { ratio, cell } = recipe.masks;
  const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
  let smaller = cell - 1;
  while (smaller > 0 && ratio ** cellsOf(recipe, smaller) >= 0.1) smaller--;
  const advice = smaller
    ? `"masks": { "cell": ${smaller} } makes that ${percent(ratio ** cellsOf(recipe, smaller))}`
    : 'take a smaller masks.ratio';
  const cells = `${cellsOf(recipe)} cells of ${cell}×${cell} patches`;
  return `At ${recipe.crop}² a mask has ${cells}, and ${percent(share)} of the local views see none of them: ${advice}`;
}

function cellsOf(recipe: Recipe, cell = recipe.masks.cell): number {
  const side = recipe.crop / backboneOf(recipe).patchSize;
  return Math.ceil(side / cell) ** 2;
}
