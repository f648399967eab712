import { ignoreLabel } from '../dataset.js';
import { vocClasses } from '../voc/classes.js';

/** A category of a COCO file. */
export interface CocoCategory {
  id: number;
  name: string;
}

/** What VOC calls the categories of COCO that it has by another name. */
const vocNames: Record<string, (typeof vocClasses)[number]> = {
  airplane: 'aeroplane',
  couch: 'sofa',
  'dining table': 'diningtable',
  motorcycle: 'motorbike',
  'potted plant': 'pottedplant',
  tv: 'tvmonitor',
};

/** The label 1..20 that VOC has for a category of COCO, by its name; 255 (ignore) for the 60 others. */
export function vocLabel(category: string): number {
  const index = vocClasses.indexOf(vocNames[category] ?? (category as (typeof vocClasses)[number]));
  return index < 0 ? ignoreLabel : index + 1;
}
