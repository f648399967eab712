/** In pixels. */
export interface Size {
  width: number;
  height: number;
}

/** 8-bit sRGB image: `data` holds width·height·3 bytes, row-major, red green blue interleaved. */
export interface Picture extends Size {
  data: Uint8Array;
}

/** A class index a pixel: `data` holds width·height bytes, row-major; 0 = background, k + 1 = foreground class k, 255 = ignore. */
export interface LabelMap extends Size {
  data: Uint8Array;
}

/** Label of pixels that count neither for training nor for evaluation. */
export const ignoreLabel = 255;

/**
 * Pictures with image-level labels and, where there are any, masks. Records are read when asked for and are independent of each
 * other, so they can be read in any order and several at a time. Anything of this form can be trained on.
 */
export interface SegmentationDataset {
  readonly name: string;
  readonly split: string;
  /** Names of the C foreground classes; class k has index k + 1 in masks. */
  readonly classes: readonly string[];
  readonly length: number;
  /** Name of a record, unique in the dataset. */
  id(index: number): string;
  /** Image-level labels [C], 1 where the class is in the picture, else 0. */
  labels(index: number): Promise<Float32Array>;
  image(index: number): Promise<Picture>;
  /** Ground truth of the size of the picture; absent where the split has none (test). */
  mask?(index: number): Promise<LabelMap>;
  /**
   * First record of each group of records that lie together, ascending from 0: an epoch then takes the groups in random order, and in each
   * its records in random order, so that a group is read in one go. Default: one group.
   */
  readonly groups?: readonly number[];
  /** Tells from how many groups in turn records will be read, which are then worth keeping in memory. Default 1. */
  keepGroups?(count: number): void;
  /** What was found when the data was opened. */
  readonly opened?: OpeningReport;
  /** Where a record lies on the disk, for datasets of files: lets it be checked, packed and named. */
  files?(index: number): { image: string; mask?: string };
}

/** What was found when data was opened, in sentences for people. */
export interface OpeningReport {
  /** Images and annotations that cannot be used and are left out; each sentence names the entry. */
  leftOut: readonly string[];
  /** Outlines that the list has, and how many of them cannot be used. */
  outlines?: { count: number; unusable: number };
  /** How the data was read where that is not plain. */
  notes: readonly string[];
}

/** Pixels of each label 0 … 255. */
export function labelCounts(mask: LabelMap): Uint32Array {
  const pixels = new Uint32Array(256);
  for (const label of mask.data) pixels[label]!++;
  return pixels;
}

/**
 * Image-level labels of a mask: 1 for every class that has a pixel; background (0) and ignore (255) are left out.
 *
 * @param classes number of foreground classes C
 * @returns [C] 0/1
 * @throws RangeError if the mask holds a label that is neither 0..C nor 255
 */
export function labelsOfMask(mask: LabelMap, classes: number): Float32Array {
  const pixels = labelCounts(mask);
  const wrong = pixels.findIndex((count, label) => count > 0 && label > classes && label !== ignoreLabel);
  if (wrong >= 0) throw new RangeError(`label ${wrong} is out of range: expected 0 to ${classes}, or ${ignoreLabel} for ignored pixels`);
  return Float32Array.from({ length: classes }, (_, k) => (pixels[k + 1]! > 0 ? 1 : 0));
}

/** @throws RangeError if `index` is no record of a dataset of `length` records */
export function checkIndex(dataset: string, index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length)
    throw new RangeError(`${dataset}: record ${index} does not exist, expected an integer from 0 to ${length - 1}`);
}

/** @throws RangeError like {@link checkIndex} */
export function recordOf<T>(dataset: string, records: readonly T[], index: number): T {
  checkIndex(dataset, index, records.length);
  return records[index]!;
}
