import type { SegmentationDataset } from '../dataset.js';
import { inMemory } from '../in-memory.js';
import { shapesDataset } from './shapes.js';

/** Splits of Shapes, whose images are made when they are asked for. Pretraining sees one or two objects, which it learns sooner. */
const splits: Record<string, { length: number; objects?: [number, number]; clutter?: [number, number] }> = {
  train: { length: 4096 },
  val: { length: 100 },
  pretrain: { length: 16_384, objects: [1, 2], clutter: [0, 2] },
};

/**
 * A split of Shapes as everybody trains and evaluates on it: `train`, `val` or `pretrain`.
 *
 * @throws Error naming the splits
 */
export function openShapes(split: string): SegmentationDataset {
  const settings = splits[split];
  if (!settings) throw new Error(`Shapes has no split ${JSON.stringify(split)}; it has ${Object.keys(splits).join(', ')}`);
  // Splits come from different seeds, so that no image is in two. An image takes about 3 ms to make and 27 kB to keep: the few that are
  // looked at in every evaluation are kept, those of training are made again in every epoch, so that a run's memory does not grow with
  // its length.
  const made = shapesDataset({ seed: Object.keys(splits).indexOf(split) + 1, split, ...settings });
  return split === 'val' ? inMemory(made) : made;
}
