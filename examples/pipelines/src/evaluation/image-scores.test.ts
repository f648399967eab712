import { expect, it } from 'vitest';
import { chooseExamples, imageScore } from './image-scores.js';

it('scores an image by the classes that are in it', () => {
  // Three classes: of 4 background pixels 3 are right and 1 is taken for class 2; both pixels of class 1 are right.
  const counts = { segmentation: [0, 3, 2, 1, 4, 2] };
  expect(imageScore({ index: 5, id: 'a', counts }, 3)).toEqual({ index: 5, id: 'a', miou: { segmentation: 0.875 } }); // (3/4 + 1) / 2
});

it('chooses images spread evenly, then the best and the worst of the others, each once', () => {
  const images = Array.from({ length: 20 }, (_, index) => ({ index, id: `${index}`, miou: { segmentation: index / 20 } }));
  const chosen = chooseExamples(images, 20, 2);
  expect(chosen.map(({ index }) => index)).toEqual([0, 10, 19, 18, 1, 2]);
  expect(chosen.map(({ kind }) => kind)).toEqual(['typical', 'typical', 'best', 'best', 'worst', 'worst']);
  expect(chooseExamples(images.slice(0, 3), 3, 2).map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(chooseExamples([], 1, 4)).toEqual([{ index: 0, kind: 'typical' }]);
  expect(chooseExamples([{ index: 1, id: 'b', miou: { segmentation: Number.NaN } }], 2, 1).map(({ index }) => index)).toEqual([0]);
});
