import { type DatasetName, type DatasetSource, openDataset } from '@wsss/datasets';
import { backboneOfWeights } from '../network/backbone-of-weights.js';
import type { Recipe } from './recipe.js';
import { type RecipeOptions, recipeOf, settingsOf } from './recipe-of-options.js';
import { recipes } from './registry.js';
import { smallRecipe } from './small.js';
import { classesAnImage, someLabels } from './some-labels.js';

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
  const data = await openDataset(dataset, {
    ...{ root, labels, lenient: options.skipBad },
    split: options.trainSplit ?? trainSplit,
  });
  const counts = (await someLabels(data)).map(labels => labels.filter(value => value > 0).length);
  const known = { images: data.length, classesAnImage: classesAnImage(counts) };
  const recipe = recipeOf({ ...smallRecipe(usual, { ...known, ...set }), backbone }, options);
  const { iterations, crop, batch } = recipe;
  const size = `${iterations} iterations of ${batch} crops of ${crop}²`;
  const classes = `${known.classesAnImage.toFixed(1)} ${known.classesAnImage === 1 ? 'class' : 'classes'} each`;
  return { recipe, remark: `Preset small, for ${data.length} images of ${classes}: ${size}; --preset paper is the published recipe` };
}
