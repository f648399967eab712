import { type DatasetName, type DatasetSource, openDataset } from '@wsss/datasets';
import { backboneOfWeights } from '../network/backbone-of-weights.js';
import type { Recipe } from './recipe.js';
import { type RecipeOptions, recipeOf, settingsOf } from './recipe-of-options.js';
import { recipes } from './registry.js';
import { smallRecipe } from './small.js';

interface ChoiceOptions extends RecipeOptions, Pick<DatasetSource, 'root' | 'labels'> {
  /** `small`: for few images and little time; `paper`: the published recipe. Default: `small` for folders, else `paper`. */
  preset?: 'paper' | 'small';
  /** Pretrained weights of the encoder: without `backbone`, they say which it is. */
  weights?: string;
  prefix?: string;
  trainSplit?: string;
  skipBad?: boolean;
}

/**
 * The recipe of a training run: what options and config file set, over a preset that fits the data.
 *
 * @returns what people should know of the choice, too.
 * @throws Error naming an unknown or impossible setting, weights of no known backbone, or data that cannot be opened.
 */
export async function chooseRecipe(dataset: DatasetName, options: ChoiceOptions): Promise<{ recipe: Recipe; remark?: string }> {
  const { recipe: usual, trainSplit } = recipes[dataset];
  const { preset = dataset === 'folder' ? 'small' : 'paper', root, labels, weights } = options;
  const asked = recipeOf(usual, options); // so that what is set makes sense before anything is fitted to it
  const set = settingsOf(options);
  const backbone =
    weights && set.backbone === undefined && dataset !== 'shapes'
      ? await backboneOfWeights(weights, usual.backbone, options.prefix)
      : asked.backbone;
  if (preset === 'paper') return { recipe: { ...asked, backbone } };
  const { length: images } = await openDataset(dataset, {
    ...{ root, labels, lenient: options.skipBad },
    split: options.trainSplit ?? trainSplit,
  });
  const recipe = recipeOf({ ...smallRecipe(usual, { images, ...set }), backbone }, options);
  const { iterations, crop, batch } = recipe;
  const size = `${iterations} iterations of ${batch} crops of ${crop}²`;
  return { recipe, remark: `Preset small, for ${images} images: ${size}; --preset paper is the published recipe` };
}
