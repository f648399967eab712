import { describe, expect, it } from 'vitest';
import { openDataset } from './open-dataset.js';

describe('openDataset', () => {
  it.each([
    ['coco', {}, 'COCO needs --data DIR: the folder MSCOCO with annotations/ and JPEGImages/'],
    ['coco', { root: '/nowhere', split: 'test' }, 'COCO has no split "test"; it has train, val and val_part, also with a year: train2014'],
    ['coco', { root: '/nowhere' }, 'COCO: folder /nowhere does not exist'],
    ['coco', { root: '/nowhere', split: 'val_part2017' }, '/nowhere/annotations/instances_val2017.json not found'],
    ['voc', {}, 'VOC needs --data DIR'],
    ['shapes', { split: 'test' }, 'Shapes has no split "test"'],
  ] as const)('%s says what is missing: %j', async (name, options, message) => {
    await expect(openDataset(name, { split: 'train', ...options })).rejects.toThrow(message);
  });
});
