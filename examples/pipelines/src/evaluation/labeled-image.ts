import type { SegmentationDataset } from '@wsss/datasets';

/** Reads an image with its true classes, counted from 0 without background, and its mask if any. @throws Error without labels. */
export function readLabeled(dataset: SegmentationDataset) {
  return async (index: number) => {
    const [picture, labels, truth] = await Promise.all([dataset.image(index), dataset.labels(index), dataset.mask?.(index)]);
    return { picture, truth, present: dataset.classes.map((_, c) => c).filter(c => labels[c]! > 0) };
  };
}
