import { recordOf, type SegmentationDataset } from './dataset.js';

/** Some records of a dataset, in the order of `indices`. @throws RangeError naming the first index that is no record */
export function subset(dataset: SegmentationDataset, indices: readonly number[]): SegmentationDataset {
  const wrong = indices.find(index => !Number.isInteger(index) || index < 0 || index >= dataset.length);
  if (wrong !== undefined)
    throw new RangeError(`subset: ${dataset.name} ${dataset.split} has ${dataset.length} records, there is no record ${wrong}`);
  const whole = (index: number) => recordOf(dataset.name, indices, index);
  return {
    name: dataset.name,
    split: dataset.split,
    classes: dataset.classes,
    length: indices.length,
    id: index => dataset.id(whole(index)),
    labels: async index => dataset.labels(whole(index)),
    image: async index => dataset.image(whole(index)),
    ...(dataset.mask && { mask: async (index: number) => dataset.mask!(whole(index)) }),
    ...(dataset.opened && { opened: dataset.opened }),
    ...(dataset.files && { files: (index: number) => dataset.files!(whole(index)) }),
  };
}
