import { SingleProcess } from '@wsss/parallel';
import { Progress } from '@wsss/train';
import { describe, expect, it } from 'vitest';
import { type DoneImage, dealtTo, overImages } from './over-images.js';

const images = { length: 7, id: (index: number) => `image ${index}` };

/** Goes over seven images in batches of three, and writes down what happens. */
async function pass({ earlier = [], shown = 0, stopAfter }: { earlier?: DoneImage[]; shown?: number; stopAfter?: number }) {
  const computed: number[][] = [];
  const written: DoneImage[] = [];
  const stop = new AbortController();
  let said = '';
  const progress = new Progress({ total: images.length, stream: { write: text => (said += text) } });
  const journal = {
    earlier,
    append: async (done: DoneImage) => {
      written.push(done);
    },
  };
  const result = await overImages(
    images,
    { engine: { canTrace: false, threads: 1 }, progress, signal: stop.signal, journal },
    {
      batch: 3,
      shown,
      read: async index => index,
      compute: async batch => {
        computed.push(batch);
        if (computed.length === stopAfter) stop.abort();
        return batch;
      },
      finish: async (index, image, isShown) => ({
        done: image,
        entry: isShown ? { name: image.id, panels: [], classes: [] } : undefined,
        remark: index === 4 ? 'four is odd' : undefined,
      }),
    },
  );
  return { ...result, computed, written: written.map(({ index }) => index), said };
}

const done = (...indices: number[]) => indices.map(index => ({ index, id: `image ${index}` }));

describe('overImages', () => {
  it('does every image once, in batches, and writes each down', async () => {
    const found = await pass({});
    expect(found.computed).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(found.done).toEqual(done(0, 1, 2, 3, 4, 5, 6));
    expect(found.written.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(found.isComplete).toBe(true);
    expect(found.said).toContain('four is odd\n');
  });

  it('finishes the batch at hand when it is stopped', async () => {
    const found = await pass({ stopAfter: 2 });
    expect(found.done).toEqual(done(0, 1, 2, 3, 4, 5));
    expect(found.isComplete).toBe(false);
  });

  it('leaves out what was done before, but computes whole batches', async () => {
    const found = await pass({ earlier: done(0, 1, 2, 4) });
    expect(found.computed).toEqual([[3, 4, 5], [6]]);
    expect(found.written.sort()).toEqual([3, 5, 6]);
    expect(found.done).toEqual(done(0, 1, 2, 3, 4, 5, 6));
  });

  it('computes what is shown again, and does not write it down twice', async () => {
    const found = await pass({ earlier: done(0, 1, 2, 3, 4, 5, 6), shown: 2 });
    expect(found.computed).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(found.entries.map(({ name }) => name)).toEqual(['image 0', 'image 3']);
    expect(found.written).toEqual([]);
    expect(found.isComplete).toBe(true);
  });
});

/** Batches of each rank. */
const dealt = (size: number, length: number, batch = 1, groups?: number[]) => {
  const batches = Array.from({ length: Math.ceil(length / batch) }, (_, i) => i);
  return Array.from({ length: size }, (_, rank) => {
    return batches.filter(dealtTo({ rank, worldSize: size }, { length, groups }, batch));
  });
};

describe('dealtTo', () => {
  it('deals out batches in turn', () => {
    expect(dealt(3, 8)).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5],
    ]);
    expect(dealt(2, 8, 3)).toEqual([[0, 2], [1]]);
  });

  it('leaves records together that lie together', () => {
    expect(dealt(3, 8, 1, [0, 3, 6])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
    expect(dealt(2, 8, 3, [0, 4])).toEqual([[0, 1], [2]]);
    expect(dealt(4, 2, 1, [0, 1]).flat()).toEqual([0, 1]);
  });

  it('gives all to a job of one process', () => {
    expect([0, 1, 7].every(dealtTo(new SingleProcess(), { length: 8, groups: [0, 3] }, 1))).toBe(true);
  });
});
