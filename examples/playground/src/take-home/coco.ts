import { countsOfLabel } from '@wsss/datasets/labels';
import type { LabelMap } from '@wsss/datasets/shapes';

/** Masks of pictures as a file of COCO: an annotation for each class in each picture, its pixels as uncompressed run lengths. */
export function cocoOf(classes: readonly string[], masks: readonly { name: string; mask: LabelMap }[]): string {
  const annotations = masks.flatMap(({ mask }, image) =>
    classes.flatMap((_, c) => {
      const found = countsOfLabel(mask, c + 1);
      if (!found) return [];
      const { counts, area, box } = found;
      const segmentation = { size: [mask.height, mask.width], counts };
      return [{ image_id: image + 1, category_id: c + 1, segmentation, area, bbox: box, iscrowd: 0 }];
    }),
  );
  return JSON.stringify({
    images: masks.map(({ name, mask: { width, height } }, i) => ({ id: i + 1, file_name: name, width, height })),
    categories: classes.map((name, c) => ({ id: c + 1, name })),
    annotations: annotations.map((annotation, i) => ({ id: i + 1, ...annotation })),
  });
}
