import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type CocoInstances, outlinesOf, readInstances, refusedForMasks } from '../../coco/instances.js';
import { annotatedMask, relabeled } from '../../coco/mask-job.js';
import { findListed } from '../../images/listed-path.js';
import { andMore } from '../../read-file.js';
import type { FolderContents, ListedPicture, ListForm, PictureList } from '../picture-list.js';
import { isSplitName } from '../splits.js';
import { jsonKind } from './json-kind.js';

/** The names that tools give to a list of COCO's form. */
const usualNames =
  /^(_annotations\.coco|annotations?|result|labels|coco|instances|dataset|(instances|annotations|person_keypoints)[_-].+)\.json$/i;

/**
 * Lists in the form of COCO's instances, as annotation tools export them: `annotations.json`, `_annotations.coco.json` (Roboflow),
 * `result.json` (Label Studio), `labels.json` (FiftyOne), `annotations/instances_NAME.json` (CVAT, Datumaro), where NAME is a split.
 */
export const cocoForm: ListForm = {
  name: 'COCO',
  about:
    'a JSON file in the form of COCO’s instances: `annotations.json`, `_annotations.coco.json` (Roboflow), `result.json` (Label Studio), ' +
    '`annotations/instances_NAME.json` (CVAT), or of any other name',
  find: async folder => {
    const lists = await cocoLists(folder);
    return lists.length ? lists.map(({ name }) => name).join(', ') : undefined;
  },
  read: async folder => {
    const lists = await cocoLists(folder);
    const read: PictureList[] = [];
    for (const { name, split } of lists)
      read.push(await picturesOfCocoList(folder, name, split && (lists.length > 1 || isSplitName(split)) ? split : undefined));
    return read;
  },
};

/** The lists of a folder, and what split their names stand for. */
async function cocoLists({ path, files, folders }: FolderContents): Promise<{ name: string; split?: string }[]> {
  const lists: { name: string; split?: string }[] = [];
  const inAnnotations = folders.has('annotations') ? await readdir(join(path, 'annotations')) : [];
  const names = [...[...files].sort(), ...inAnnotations.sort().map(name => `annotations/${name}`)];
  for (const name of names) {
    if (!/\.json$/i.test(name)) continue;
    const base = basename(name);
    if (jsonKind(join(path, name), usualNames.test(base)) !== 'coco') continue;
    const split = /^(?:instances|annotations)[_-](.+)\.json$/i.exec(base)?.[1];
    lists.push({ name, ...(split && { split: split.toLowerCase() }) });
  }
  return lists;
}

async function picturesOfCocoList(folder: FolderContents, name: string, split?: string): Promise<PictureList> {
  const path = join(folder.path, name);
  const instances = await readInstances(path);
  const { images, categories, withoutOutline, flat } = instances;
  const outlined = images.some(({ annotations }) => annotations.length) || withoutOutline.length === 0;
  const refused = outlined ? refusedForMasks(instances) : instances.refused;
  const damaged = new Set(refused.map(({ image }) => image));
  const used = usedCategories(instances);
  const unlabeled = outlined ? new Map() : labelsWithoutOutline(instances);
  const good = images.filter(image => !damaged.has(image));
  const places = ['images', 'JPEGImages', 'data', 'img'].flatMap(place => [place, ...(split ? [`${place}/${split}`] : [])]);
  const bases = [folder.path, ...(split ? [join(folder.path, split)] : []), ...places.map(place => join(folder.path, place))];
  const found = await findListed(
    good.map(({ file }) => file),
    bases,
    folder.root,
  );
  const names = categories.map(category => category.name);
  const pictures = good.map((image, i): ListedPicture => {
    const labels = new Set<number>(unlabeled.get(image) ?? image.annotations.map(({ label }) => label));
    return {
      ...found[i]!,
      classes: [...labels].sort((a, b) => a - b).map(label => names[label - 1]!),
      ...(split && { split }),
      origin: `${name} image ${image.id}`,
      ...(outlined && {
        mask: labelOf =>
          annotatedMask(
            path,
            relabeled(image, label => labelOf(names[label - 1]!)),
          ),
      }),
    };
  });
  const kept = categories.filter((_, i) => used.has(i + 1));
  const twice = kept.find(({ name }, i) => kept.findIndex(other => other.name === name) < i);
  if (twice) {
    const ids = kept.filter(({ name }) => name === twice.name).map(({ id }) => id);
    throw new Error(
      `${path}: categories ${ids.join(' and ')}, which have annotations, are both called ${JSON.stringify(twice.name)}; ` +
        'give them different names',
    );
  }
  return {
    pictures,
    classes: {
      names: kept.map(({ name }) => name),
      ids: kept.map(({ id }) => id),
      unused: categories.filter((_, i) => !used.has(i + 1)).map(({ name }) => name),
    },
    leftOut: refused.map(({ reason }) => `${name}: ${reason}`),
    ...(outlined && { outlines: outlinesOf(instances) }),
    notes: [
      ...(flat.count
        ? [`${name}: ${flat.first}${andMore(flat.count)}: a list of numbers instead of a list of polygons, taken for one polygon`]
        : []),
      ...(outlined ? [] : [`${name}: its annotations have no outlines, so there are no masks`]),
    ],
  };
}

/** Labels that annotations have, of images that can be used or not. */
function usedCategories({ images, withoutOutline, refused }: CocoInstances): Set<number> {
  const used = new Set<number>();
  for (const { annotations } of images) for (const { label } of annotations) used.add(label);
  for (const { label } of withoutOutline) used.add(label);
  for (const { label } of refused) if (label) used.add(label);
  return used;
}

function labelsWithoutOutline({ withoutOutline }: CocoInstances) {
  const labels = new Map<unknown, number[]>();
  for (const { image, label } of withoutOutline) labels.set(image, [...(labels.get(image) ?? []), label]);
  return labels;
}
