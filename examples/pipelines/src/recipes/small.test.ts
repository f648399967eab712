import { expect, it } from 'vitest';
import { checkRecipe } from './check-recipe.js';
import { folder } from './folder.js';
import { smallRecipe } from './small.js';
import { classesAnImage } from './some-labels.js';

const alone = { classesAnImage: 1 };

it('makes a run as long as the number of images asks for', () => {
  const length = (images: number) => smallRecipe(folder, { images, ...alone }).iterations;
  expect([10, 240, 1500, 100_000].map(length)).toEqual([800, 800, 3800, 4000]);
});

it('keeps what is set by hand, and puts the schedule at its shares', () => {
  const recipe = smallRecipe(folder, { images: 240, ...alone, iterations: 1000, crop: 448, batch: 2 });
  expect(recipe).toMatchObject({ iterations: 1000, crop: 448, batch: 2 });
  expect(recipe.schedule.classificationUntil).toBeLessThan(recipe.schedule.segmentationAfter!);
  expect(recipe.augmentation.scale).toEqual([0.5, 2]); // at the paper's crop, the paper's scales
  expect(() => checkRecipe({ ...recipe, backbone: 'vit_tiny_patch16_224' })).not.toThrow();
});

it('shows as much of a picture in a smaller crop; where it shows one thing, as little, and has a class token name it', () => {
  const single = smallRecipe(folder, { images: 240, ...alone, crop: 224 });
  expect([single.augmentation.scale, single.evaluation.size, single.weights.classToken]).toEqual([[0.25, 2], 336, 1]);
  expect(single.cam.scales).toEqual([1, 0.5]);
  const several = smallRecipe(folder, { images: 240, classesAnImage: 1.5, crop: 224 });
  expect([several.augmentation.scale, several.evaluation.size, several.weights.classToken]).toEqual([[0.25, 1], null, 0]);
  expect(several.cam).toEqual(folder.cam);
});

it('counts the classes of images that have any', () => {
  expect([classesAnImage([1, 2, 0, 3]), classesAnImage([0])]).toEqual([2, 1]);
});
