import { expect, it } from 'vitest';
import { overlay } from './check-recipe.js';
import { emptyViewShare, remarkOnEmptyViews } from './empty-views.js';
import { voc } from './voc.js';

const recipe = (values: object) => overlay(voc, values, 'test');

it('is ratio^cells', () => {
  expect(emptyViewShare(voc)).toBeCloseTo(0.95 ** 49, 12);
  expect(emptyViewShare(recipe({ crop: 256 }))).toBeCloseTo(0.95 ** 16, 12);
  expect(emptyViewShare(recipe({ crop: 224, masks: { ratio: 0.5 } }))).toBeCloseTo(0.5 ** 16, 12); // 14×14 patches: 4×4 cells
});

it('is nothing without masked views', () => {
  expect(emptyViewShare(recipe({ weights: { contrast: 0 } }))).toBeNull();
  expect(remarkOnEmptyViews(recipe({ crop: 64, contrast: { views: 'crops' } }))).toBeUndefined();
});

it('is remarked on where it is large, with what changes it', () => {
  expect(remarkOnEmptyViews(voc)).toBeUndefined();
  expect(remarkOnEmptyViews(recipe({ crop: 256 }))).toBe(
    'At 256² a mask has 16 cells of 4×4 patches, and 44 % of the local views see none of them: "masks": { "cell": 2 } makes that 4 %',
  );
  expect(remarkOnEmptyViews(recipe({ crop: 64, masks: { ratio: 0.99 } }))).toMatch(/take a smaller masks.ratio$/);
});
