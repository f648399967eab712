import { backboneOf } from './check-recipe.js';
import type { Recipe } from './recipe.js';

/** Above this share a run says so: the recipe's own, 49 cells at 448², is 0.08. */
const tolerable = 0.25;

/**
 * Expected share of local views that see no patch: all cells of a mask are hidden with probability ratio^cells. Such a view says nothing of the
 * image, and counts as negative. Null where the recipe contrasts no masked views.
 */
export function emptyViewShare(recipe: Recipe): number | null {
  const { weights, contrast, masks } = recipe;
  return weights.contrast > 0 && contrast.views === 'masked' ? masks.ratio ** cellsOf(recipe) : null;
}

/** What to say of a recipe most of whose local views see nothing, with the cells that change that; undefined where few do. */
export function remarkOnEmptyViews(recipe: Recipe): string | undefined {
  const share = emptyViewShare(recipe);
  if (share === null || share <= tolerable) return undefined;
  const { masks, crop } = recipe;
  const shareWith = (cell: number) => masks.ratio ** cellsOf({ ...recipe, masks: { ...masks, cell } });
  const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
  const smaller = Array.from({ length: masks.cell - 1 }, (_, i) => masks.cell - 1 - i).find(cell => shareWith(cell) < 0.1);
  const advice = smaller ? `"masks": { "cell": ${smaller} } makes that ${percent(shareWith(smaller))}` : 'take a smaller masks.ratio';
  return `At ${crop}² a mask has ${cellsOf(recipe)} cells of ${masks.cell}×${masks.cell} patches, and ${percent(share)} of the local views see none of them: ${advice}`;
}

function cellsOf(recipe: Recipe): number {
  const side = recipe.crop / backboneOf(recipe).patchSize;
  return Math.ceil(side / recipe.masks.cell) ** 2;
}
