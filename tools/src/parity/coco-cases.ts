import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CocoSegmentation, cocoLabelMap, decodeCounts } from '@wsss/datasets';
import type { Cases } from './check.js';

interface RecordedAnnotations {
  category_ids: number[];
  images: {
    id: number;
    width: number;
    height: number;
    annotations: { id: number; category_id: number; segmentation: CocoSegmentation }[];
  }[];
  compressed: { ann: number; size: [number, number]; counts: string }[];
}

export const cocoCases: Cases = {
  /** Polygons and run lengths, each by itself and drawn into label maps; compressed run lengths give the same as their polygons. */
  parse_coco(check) {
    const file = join(check.golden.folder, check.settings.annotations_file);
    const { category_ids, images, compressed } = JSON.parse(readFileSync(file, 'utf8')) as RecordedAnnotations;
    const labels = new Map(category_ids.map((id, i) => [id, i + 1]));
    for (const image of images) {
      const named = image.annotations.map(({ id, category_id, segmentation }) => ({
        name: `ann${id}`,
        label: labels.get(category_id) ?? 255,
        segmentation,
      }));
      check.labels(`mask${image.id}`, cocoLabelMap(image, named).data);
      for (const annotation of named) check.labels(annotation.name, cocoLabelMap(image, [{ ...annotation, label: 1 }]).data);
    }
    for (const { ann, size, counts } of compressed) {
      const [height, width] = size;
      const raster = (segmentation: CocoSegmentation) =>
        cocoLabelMap({ width, height }, [{ name: `compressed ${ann}`, label: 1, segmentation }]).data;
      const reference = check.recorded(`ann${ann}`).data;
      check.labels(`compressed ann${ann}`, raster({ size, counts }), { reference });
      check.labels(`counts of ann${ann}`, raster({ size, counts: decodeCounts(counts) }), { reference });
    }
  },
};
