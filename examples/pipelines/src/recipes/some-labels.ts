import type { SegmentationDataset } from '@wsss/datasets';

/** Labels that are looked at, so that even of a large dataset they are known in a moment. */
const most = 256;

/** The labels of some images, evenly over a dataset; those that cannot be read are left out. */
export async function someLabels(dataset: SegmentationDataset): Promise<Float32Array[]> {
  const count = Math.min(most, dataset.length);
  const indices = Array.from({ length: count }, (_, i) => Math.floor((i * dataset.length) / count));
  const labels = await Promise.all(indices.map(index => dataset.labels(index).catch(() => undefined)));
  return labels.filter(of => of !== undefined);
}

/**
 * How many classes an image has, in the mean over those that have any; 1 where none has.
 *
 * @param counts of the classes of each image
 */
export function classesAnImage(counts: readonly number[]): number {
  const known = counts.filter(count => count > 0);
  return known.length ? known.reduce((sum, count) => sum + count) / known.length : 1;
}
