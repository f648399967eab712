import { expect, it } from 'vitest';
import type { SegmentationDataset } from './dataset.js';
import { inMemory } from './in-memory.js';

it('reads every record once, and again only what failed', async () => {
  const reads: string[] = [];
  let broken = true;
  const dataset: SegmentationDataset = {
    name: 'two',
    split: 'train',
    classes: ['a'],
    length: 2,
    id: index => `r${index}`,
    labels: async index => Float32Array.of(reads.push(`labels ${index}`)),
    image: async index => {
      reads.push(`image ${index}`);
      if (index === 1 && broken) throw new Error('disk is away');
      return { width: 1, height: 1, data: Uint8Array.of(index, 0, 0) };
    },
  };
  const kept = inMemory(dataset);
  expect([kept.name, kept.split, kept.length, kept.id(1), kept.mask]).toEqual(['two', 'train', 2, 'r1', undefined]);
  expect(await kept.image(0)).toBe(await kept.image(0));
  await Promise.all([kept.labels(1), kept.labels(1)]);
  await expect(kept.image(1)).rejects.toThrow('disk is away');
  broken = false;
  expect((await kept.image(1)).data[0]).toBe(1);
  expect(reads).toEqual(['image 0', 'labels 1', 'image 1', 'image 1']);
});
