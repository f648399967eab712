import type { SegmentationDataset } from '@wsss/datasets';

/** What the records of a split are called, in their order. */
export const recordNames = ({ length, id }: Pick<SegmentationDataset, 'length' | 'id'>) => Array.from({ length }, (_, index) => id(index));

/** Reads an image with its true classes, counted from 0 without background, and its mask if any. @throws Error without labels. */
export function readLabeled(dataset: SegmentationDataset) {
  return async (index: number) => {
    const [picture, labels, truth] = await Promise.all([dataset.image(index), dataset.labels(index), dataset.mask?.(index)]);
    return { picture, truth, present: dataset.classes.map((_, c) => c).filter(c => labels[c]! > 0) };
  };
}
