import { expect, it } from 'vitest';
import { shapesDataset } from './shapes/shapes.js';
import { subset } from './subset.js';

it('shows some records in a given order', async () => {
  const whole = shapesDataset({ seed: 1, length: 5, size: 32 });
  const part = subset(whole, [3, 1]);
  expect([part.length, part.id(0), part.id(1)]).toEqual([2, whole.id(3), whole.id(1)]);
  expect(await part.image(1)).toEqual(await whole.image(1));
  expect(await part.mask!(0)).toEqual(await whole.mask!(3));
  expect(await part.labels(0)).toEqual(await whole.labels(3));
  expect(part.files).toBeUndefined();
  expect(() => part.id(2)).toThrow('record 2 does not exist, expected an integer from 0 to 1');
  expect(() => subset(whole, [5])).toThrow('has 5 records, there is no record 5');
});
