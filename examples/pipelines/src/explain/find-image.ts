import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { datasetName, datasetNames, openDataset, type Picture, readPicture } from '@wsss/datasets';
import { recipes } from '../recipes/registry.js';

/**
 * Finds a picture by what was typed: the path of a file, or an image of a data set as `shapes:7` or `voc:2007_000033`.
 *
 * @returns it, with its image-level labels where a data set gives them.
 * @throws Error when there is no such file or image.
 */
export async function findImage(
  wanted: string,
  { data, split }: { data?: string; split?: string },
): Promise<{ name: string; picture: Picture; labels?: Float32Array }> {
  const [, set, which] = /^(\w+):(.+)$/.exec(wanted) ?? [];
  if (existsSync(wanted) || !datasetNames.some(name => name === set)) return { name: basename(wanted), picture: await readPicture(wanted) };
  const name = datasetName(set!);
  const dataset = await openDataset(name, { root: data, split: split ?? recipes[name].valSplit });
  let index = Array.from({ length: dataset.length }, (_, i) => i).find(i => dataset.id(i) === which);
  if (index === undefined && /^\d+$/.test(which!) && Number(which) < dataset.length) index = Number(which);
  if (index === undefined) {
    const known = `give one of its ids, such as ${dataset.id(0)}, or a number below ${dataset.length}`;
    throw new Error(`${wanted}: ${dataset.name} ${dataset.split} has no image ${which}; ${known}`);
  }
  const [picture, labels] = await Promise.all([dataset.image(index), dataset.labels(index)]);
  return { name: `${dataset.name} ${dataset.id(index)}`, picture, labels };
}

/** Image-level labels from class names. @throws Error naming a class that does not exist. */
export function labelsFromNames(names: readonly string[], classes: readonly string[]): Float32Array {
  const unknown = names.find(name => !classes.includes(name));
  if (unknown) throw new Error(`--labels: there is no class ${unknown}; the classes are ${classes.join(', ')}`);
  return Float32Array.from(classes, name => (names.includes(name) ? 1 : 0));
}
