// The entry `@wsss/datasets/names`: what datasets are called, anywhere JavaScript runs.

/** The datasets that `openDataset` knows by name. */
export const datasetNames = ['voc', 'coco', 'folder', 'shapes'] as const;
export type DatasetName = (typeof datasetNames)[number];

/** @throws Error naming the known datasets */
export function datasetName(name: string): DatasetName {
  const known = datasetNames.find(other => other === name);
  if (!known) throw new Error(`unknown dataset ${JSON.stringify(name)}; known are ${datasetNames.join(', ')}`);
  return known;
}
