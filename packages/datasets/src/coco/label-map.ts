import type { LabelMap, Size } from '../dataset.js';
import { tooLarge } from '../images/picture-limits.js';
import { paintRuns } from './run-length.js';
import { type CocoSegmentation, segmentationRuns } from './segmentation.js';

/** An annotation as far as a label map needs it: its pixels, its label 1..255, and what errors call it. */
export interface LabeledSegmentation {
  name: string;
  label: number;
  segmentation: CocoSegmentation;
}

/**
 * The label map of an image: annotations are drawn in their order, and a pixel keeps the first label that it gets; 0 where there is
 * no annotation. Pixels are those of the COCO tools, one for one.
 *
 * @param size of the image in pixels, of which there are at most 2²⁶
 * @throws Error if the image is larger, before memory is taken for it, or naming the annotation that has no valid segmentation
 * @example
 * cocoLabelMap({ width: 4, height: 4 }, [{ name: 'a', label: 3, segmentation: [[1, 1, 3, 1, 3, 3, 1, 3]] }]);
 */
export function cocoLabelMap(size: Size, annotations: Iterable<LabeledSegmentation>): LabelMap {
  const problem = tooLarge(size);
  if (problem) throw new Error(`no label map for the image: ${problem}`);
  const map = { width: size.width, height: size.height, data: new Uint8Array(size.width * size.height) };
  for (const { name, label, segmentation } of annotations) {
    try {
      for (const runs of segmentationRuns(segmentation, size)) paintRuns(map, runs, label);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return map;
}
