/** How many images the published data sets and splits have, and what is to be known about the number. */
const published: Record<string, Record<string, { count: number; note?: string }>> = {
  VOC: {
    train: { count: 1464 },
    val: { count: 1449 },
    trainval: { count: 2913 },
    train_aug: { count: 10_582, note: 'every mask of VOC and SBD that is not in val' },
    test: { count: 1456, note: 'without masks' },
  },
  COCO: {
    train2014: { count: 82_081, note: 'of 82783 images; 702 have no annotation and are left out' },
    val2014: { count: 40_137, note: 'of 40504 images; 367 have no annotation and are left out' },
    train2017: { count: 117_266, note: 'of 118287 images; 1021 have no annotation and are left out' },
    val2017: { count: 4952, note: 'of 5000 images; 48 have no annotation and are left out' },
    val_part2014: { count: 5000, note: 'the first of val2014 by name' },
  },
};

/** The published number of images of a split, by the names that a dataset gives to itself and to it: `VOC` and `train_aug`. */
export const publishedCount = (name: string, split: string): { count: number; note?: string } | undefined => published[name]?.[split];
