import { expect, it } from 'vitest';
import { checkConfig } from './config.js';

const sizes = { imageSize: 32, patchSize: 8, embedSize: 12, depth: 4, heads: 3 };

it('fills in what ViT and the auxiliary head use', () => {
  const defaults = {
    ...{ mlpRatio: 4, epsilon: 1e-6, auxiliaryBlock: -3 },
    ...{ layerScale: false, registers: 0, positionResizing: 'bicubic' },
  };
  expect(checkConfig(sizes)).toEqual({ ...sizes, ...defaults });
  expect(checkConfig({ ...sizes, mlpRatio: undefined, epsilon: undefined, auxiliaryBlock: undefined })).toEqual({ ...sizes, ...defaults });
  const chosen = {
    ...{ ...sizes, mlpRatio: 2.5, epsilon: 0, auxiliaryBlock: 0 },
    ...{ layerScale: true, registers: 4, positionResizing: 'offset' as const },
  };
  expect(checkConfig(chosen)).toEqual(chosen);
});

it('accepts exactly the blocks that exist as the auxiliary one', () => {
  for (const auxiliaryBlock of [-4, -1, 0, 3]) expect(checkConfig({ ...sizes, auxiliaryBlock }).auxiliaryBlock).toBe(auxiliaryBlock);
  for (const auxiliaryBlock of [-5, 4, 0.5])
    expect(() => checkConfig({ ...sizes, auxiliaryBlock })).toThrow(`auxiliaryBlock ${auxiliaryBlock} does not exist among 4 blocks`);
  expect(() => checkConfig({ ...sizes, depth: 2 })).toThrow(/auxiliaryBlock -3 does not exist among 2 blocks/);
});

it.each([
  [{ patchSize: 0 }, /patchSize must be a positive integer, got 0/],
  [{ heads: 1.5 }, /heads must be a positive integer, got 1.5/],
  [{ depth: Number.NaN }, /depth must be a positive integer, got NaN/],
  [{ imageSize: 30 }, /imageSize 30 is not a multiple of patchSize 8/],
  [{ heads: 5 }, /embedSize 12 is not a multiple of heads 5/],
  [{ mlpRatio: 0 }, /mlpRatio must be a positive number, got 0/],
  [{ registers: -1 }, /registers must be an integer of at least 0, got -1/],
  [{ epsilon: Number.NaN }, /epsilon must be at least 0, got NaN/],
])('refuses %o', (wrong, message) => {
  expect(() => checkConfig({ ...sizes, ...wrong })).toThrow(message);
});
