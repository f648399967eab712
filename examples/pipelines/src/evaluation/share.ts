import type { SegmentationDataset } from '@wsss/datasets';
import type { Communicator } from '@wsss/parallel';

/**
 * Deals out batches of images to the ranks of a job: in turn, or, where records lie together in groups, each rank a part of them in one piece.
 *
 * @param batch Images of a batch.
 * @returns whether a batch, numbered from 0, is this rank's.
 */
export function dealtTo(
  { rank, worldSize }: Pick<Communicator, 'rank' | 'worldSize'>,
  { length, groups }: Pick<SegmentationDataset, 'length' | 'groups'>,
  batch = 1,
): (number: number) => boolean {
  const batches = Math.ceil(length / batch);
  return number => (groups ? Math.floor((number * worldSize) / batches) : number % worldSize) === rank;
}
