import { type SegmentationDataset, shapesDataset, trainingBatches } from '@wsss/datasets';
import { expect, it } from 'vitest';
import { recipes } from '../recipes/registry.js';
import { divideRun } from './divided-run.js';
import { trainingInput } from './training-input.js';

it('takes from a dataset in groups what one process with as many micro-batches takes, each rank from groups of its own', async () => {
  const shapes = shapesDataset({ seed: 1, size: 32, split: 'train', length: 12 });
  const kept: number[] = [];
  const dataset: SegmentationDataset = { ...shapes, groups: [0, 3, 6, 9], keepGroups: count => kept.push(count) };
  const idsOf = async (rank: number, size: number, accumulate: number) => {
    const recipe = { ...recipes.shapes.recipe, crop: 32, batch: 1, accumulate };
    const input = trainingInput(
      dataset,
      recipe,
      { rank, worldSize: size },
      { start: 0, division: divideRun(recipe, { worldSize: size }), batches: trainingBatches, workers: 0 },
    );
    const found: string[][] = [];
    for (let iteration = 0; iteration < 6; iteration++) found.push((await input.next(iteration)).flatMap(({ batch }) => batch.ids));
    await input.close();
    return found;
  };
  const alone = await idsOf(0, 1, 2);
  const [first, second] = [await idsOf(0, 2, 1), await idsOf(1, 2, 1)];
  expect(alone).toEqual(first.map((ids, i) => [...ids, ...second[i]!]));
  const groupsOf = (ids: string[][]) => new Set(ids.flat().map(id => Math.floor(indexOf(shapes, id) / 3)));
  expect([groupsOf(first).size, groupsOf(second).size]).toEqual([2, 2]);
  expect(kept).toEqual([2, 1, 1]);
});

const indexOf = (dataset: SegmentationDataset, id: string) => Array.from({ length: dataset.length }, (_, i) => dataset.id(i)).indexOf(id);
