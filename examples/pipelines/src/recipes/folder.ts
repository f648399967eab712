import type { Recipe } from './recipe.js';
import { voc } from './voc.js';

/** Your own pictures: the recipe of VOC, 4 000 iterations long. */
export const folder: Recipe = { ...voc, iterations: 4000 };
