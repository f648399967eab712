import { readdir } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { readFile } from '@wsss/files';
import { ignoreLabel, type LabelMap, labelCounts } from '../../dataset.js';
import { type ColorTable, readRgbMask, vocColors } from '../../images/convert-masks.js';
import { isBackground, readLabelMapFile } from '../../images/label-map-file.js';
import { cleanPath } from '../../images/listed-path.js';
import { isPictureFile } from '../../images/picture-forms.js';
import { labelPngKind, readLabelPng } from '../../images/read-label-png.js';
import { withoutEnding } from '../../images/short-names.js';
import { readParsed } from '../../read-file.js';
import type { FolderContents, LabelOf, ListedPicture, ListForm, PictureList } from '../picture-list.js';

const maskFolders = ['SegmentationClass', 'SegmentationClassPNG'];

/**
 * Masks in the form of Pascal VOC: `JPEGImages/` (or `images/`), `SegmentationClass/`, and what names the labels: `labelmap.txt` with
 * colors (CVAT, Datumaro), or `class_names.txt` (labelme2voc). `ImageSets/Segmentation/NAME.txt` divides it, where it is there.
 */
export const vocForm: ListForm = {
  name: 'Pascal VOC with masks',
  about:
    '`JPEGImages/`, `SegmentationClass/` and `labelmap.txt` (CVAT, Datumaro) or `class_names.txt` (labelme2voc); ' +
    '`ImageSets/Segmentation/NAME.txt` are splits',
  find: async ({ folders }) => maskFolders.find(name => folders.has(name)),
  read: async folder => [await picturesWithMasks(folder)],
};

async function picturesWithMasks(folder: FolderContents): Promise<PictureList> {
  const maskFolder = maskFolders.find(name => folder.folders.has(name))!;
  const pictureFolder = ['JPEGImages', 'images'].find(name => folder.folders.has(name));
  if (!pictureFolder)
    throw new Error(`folder ${folder.path} has ${maskFolder}, but no pictures in JPEGImages or images; export it with the images`);
  const { names, colors } = await labelsOf(folder);
  const pictures = await stemsIn(join(folder.path, pictureFolder), isPictureFile);
  const masks = await stemsIn(join(folder.path, maskFolder), name => /\.png$/i.test(name));
  const lists = await splitLists(folder);
  const leftOut: string[] = [];
  const listed: ListedPicture[] = [];
  const add = (id: string, origin: string, split?: string) => {
    const [picture, mask] = [pictures.get(id), masks.get(id)];
    if (picture?.length !== 1 || mask?.length !== 1) {
      const what = [picture ?? [], mask ?? []].map((found, i) =>
        found.length === 1 ? '' : `${found.length || 'no'} ${i ? 'mask' : 'picture'}`,
      );
      leftOut.push(
        `${origin}: ${id} has ${what.filter(Boolean).join(' and ')} in ` +
          `${join(folder.path, picture?.length === 1 ? maskFolder : pictureFolder)}`,
      );
      return;
    }
    const path = join(folder.path, maskFolder, mask[0]!);
    const read = () => readMask(path, names, colors);
    listed.push({
      path: join(folder.path, pictureFolder, picture[0]!),
      id: picture[0]!,
      classes: async () => classesIn(await read(), names),
      ...(split && { split }),
      origin,
      mask: async labelOf => relabeledMap(await read(), names, labelOf),
    });
  };
  for (const { split, ids, origin } of lists) for (const { id, line } of ids) add(id, `${origin} line ${line}`, split);
  if (!lists.length) for (const id of new Set([...pictures.keys(), ...masks.keys()].sort())) add(id, maskFolder);
  return { pictures: listed, classes: { names }, leftOut, notes: [] };
}

/** What labels are called, and their colors where masks are in colors of their own. */
async function labelsOf({ path, files, root }: FolderContents): Promise<{ names: string[]; colors?: ColorTable }> {
  for (const file of new Set([join(path, 'labelmap.txt'), join(root, 'labelmap.txt')])) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return readParsed('labels', file, () => readLabelMapFile(text));
  }
  const file = ['class_names.txt', 'classes.txt', 'labels.txt'].find(name => files.has(name));
  if (!file)
    throw new Error(
      `folder ${path} has masks in SegmentationClass, but nothing names their labels: no labelmap.txt, class_names.txt or classes.txt`,
    );
  const lines = (await readFile(join(path, file), 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = lines.map(line => line.trim()).filter(line => line && line !== '__ignore__');
  if (names[0] && isBackground(names[0])) names.shift();
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) throw new Error(`${join(path, file)} names ${JSON.stringify(twice)} twice`);
  return { names };
}

async function readMask(path: string, names: readonly string[], colors?: ColorTable): Promise<LabelMap> {
  if (colors) return readRgbMask(path, colors);
  return (await labelPngKind(path)) === 'colors' ? readRgbMask(path, vocColors(names.length)) : readLabelPng(path);
}

function classesIn(map: LabelMap, names: readonly string[]): string[] {
  return names.filter((_, k) => labelCounts(map)[k + 1]);
}

/** The map with the labels of the data set's classes; those that no name stands for stay, for reading them to say so. */
function relabeledMap(map: LabelMap, names: readonly string[], labelOf: LabelOf): LabelMap {
  const labels = Uint8Array.from({ length: 256 }, (_, label) => {
    const name = names[label - 1];
    if (name !== undefined) return labelOf(name);
    return label === 0 || label === ignoreLabel ? label : 254;
  });
  return { ...map, data: map.data.map(label => labels[label]!) };
}

/** Files of a folder and those below, by their paths without ending. */
async function stemsIn(folder: string, wanted: (name: string) => boolean): Promise<Map<string, string[]>> {
  const stems = new Map<string, string[]>();
  for (const found of await readdir(folder, { recursive: true })) {
    const name = found.split(sep).join('/');
    if (!wanted(name) || basename(name).startsWith('.')) continue;
    stems.set(withoutEnding(name), [...(stems.get(withoutEnding(name)) ?? []), name]);
  }
  return stems;
}

/** The lists of `ImageSets/Segmentation`, or of `Main`; `default` and what holds all stands for no split. */
async function splitLists({ path, folders }: FolderContents) {
  if (!folders.has('ImageSets')) return [];
  for (const kind of ['Segmentation', 'Main']) {
    const folder = join(path, 'ImageSets', kind);
    const files = (await readdir(folder).catch(() => [])).filter(name => /^\w+\.txt$/.test(name)).sort();
    const parts = files.filter(name => !/^(default|trainval|all)\.txt$/i.test(name));
    const used = parts.length ? parts : files.slice(0, 1);
    if (!used.length) continue;
    const lists = [];
    for (const name of used) {
      const lines = (await readFile(join(folder, name), 'utf8')).split(/\r?\n/);
      const ids = lines.flatMap((text, i) => {
        const id = idIn(text);
        return id ? [{ id, line: i + 1 }] : [];
      });
      lists.push({ split: parts.length ? withoutEnding(name) : undefined, ids, origin: `ImageSets/${kind}/${name}` });
    }
    return lists;
  }
  return [];
}

/** The picture that a line names: a name, perhaps in quotes or a path of a picture (and of its mask). */
function idIn(line: string): string {
  const [, quoted, plain] = /^\s*(?:"([^"]*)"|(.*?))\s*$/.exec(line.replace(/^\uFEFF/, '')) ?? [];
  const words = (plain ?? '').split(/\s+/);
  const text = quoted ?? (words.length === 2 && words.every(isPictureFile) ? words[0]! : plain!);
  const path = cleanPath(text).replace(/^(JPEGImages|images)\//, '');
  return isPictureFile(path) ? withoutEnding(path) : path;
}
