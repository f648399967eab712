import type { LabelMap, Picture, SegmentationDataset } from '@wsss/datasets';

/** An image with its true classes, numbered from 0 without background, and its mask where there is one. */
interface LabeledImage {
  picture: Picture;
  present: readonly number[];
  truth?: LabelMap;
}

/** Reads images of a split. It throws when the split has no image-level labels. */
export function readLabeled(dataset: SegmentationDataset): (index: number) => Promise<LabeledImage> {
  return async index => {
    const [picture, labels, truth] = await Promise.all([dataset.image(index), dataset.labels(index), dataset.mask?.(index)]);
    return { picture, truth, present: dataset.classes.map((_, c) => c).filter(c => labels[c]! > 0) };
  };
}
