import type { SegmentationDataset } from './dataset.js';

/** Keeps what has been read of each record; a read that failed is tried again. */
export function remember<T>(read: (index: number) => Promise<T>): (index: number) => Promise<T> {
  const kept = new Map<number, Promise<T>>();
  return index => {
    let value = kept.get(index);
    if (!value) {
      kept.set(index, (value = read(index)));
      value.catch(() => kept.delete(index));
    }
    return value;
  };
}

/**
 * Keeps every record of a dataset in memory once it has been read: for small sets that are read many times, such as those of
 * {@link shapesDataset} that a network is evaluated on (27 kB a picture of 96², its mask 9 kB). Memory grows until all have been
 * read. What it returns is shared, so do not write into it.
 */
export function inMemory(dataset: SegmentationDataset): SegmentationDataset {
  return {
    name: dataset.name,
    split: dataset.split,
    classes: dataset.classes,
    length: dataset.length,
    id: index => dataset.id(index),
    labels: remember(index => dataset.labels(index)),
    image: remember(index => dataset.image(index)),
    ...(dataset.groups && { groups: dataset.groups }),
    ...(dataset.keepGroups && { keepGroups: (count: number) => dataset.keepGroups!(count) }),
    ...(dataset.opened && { opened: dataset.opened }),
    ...(dataset.files && { files: (index: number) => dataset.files!(index) }),
    ...(dataset.mask && { mask: remember(index => dataset.mask!(index)) }),
  };
}
