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

/**
 * The names of categories, which are those of classes.
 *
 * @throws Error if there are more than 254, or two have one name
 */
export function classNamesOf(path: string, categories: readonly CocoCategory[]): string[] {
  const byName = new Map<string, number>();
  for (const { id, name } of categories) {
    const other = byName.get(name);
    if (other !== undefined)
      throw new Error(
        `${path}: categories ${other} and ${id} are both called ${JSON.stringify(name)}; give them different names, or one id`,
      );
    byName.set(name, id);
  }
  if (byName.size > 254) throw new Error(`${path} has ${byName.size} categories; at most 254 can be told apart in a mask`);
  return [...byName.keys()];
}
