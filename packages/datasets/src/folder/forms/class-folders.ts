import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { readFile } from '@wsss/files';
import { isPictureFile } from '../../images/picture-forms.js';
import { withoutEnding } from '../../images/short-names.js';
import type { FolderContents, ListedPicture, ListForm, PictureList } from '../picture-list.js';
import { isSplitName } from '../splits.js';

/** Names that folders of data have for what is in them, not for a class. */
const structure = new RegExp(
  `^(${[
    'images?|imgs?|jpegimages|pictures?|photos?|frames?|data|datasets?|raw|default|uploads?|__macosx',
    'labels?|labels?txt|annotations?|anns?|masks?|ground_?truth|gt|obj_train_data|obj_valid_data|imagesets',
    'segmentations?|segmentation(class|object).*|visuali[sz]ations?|panoptic.*|trimaps?',
    'leftimg8bit|gt(fine|coarse)|rgb|semantics?|depth|img|imgdir|lbldir|meshes?|scans?',
  ].join('|')})$`,
  'i',
);

/** Files that label pictures, or tell what labels are: where one lies beside the folders, they are not all that is said. */
const listFile = /\.(json|jsonl|ndjson|xml|ya?ml|csv|tsv|xlsx?|parquet|tfrecord|mat|npy|npz|pkl|names)$/i;

/** A folder a class, with its pictures at any depth; sorted by path. Folders `masks` and hidden ones are left out. */
export const classFoldersForm: ListForm = {
  name: 'class folders',
  about: 'a folder for each class, with its pictures at any depth',
  find: async folder => {
    const found = classFolders(folder);
    for (const name of found) if ((await picturesIn(folder.path, name)).length) return `the folders ${found.join(', ')}`;
    return undefined;
  },
  read: async folder => [await picturesOfClassFolders(folder)],
};

const classFolders = ({ folders }: FolderContents): string[] => [...folders].filter(name => name !== 'masks').sort();

async function picturesOfClassFolders(folder: FolderContents): Promise<PictureList> {
  const names = classFolders(folder);
  await checkNames(folder, names);
  const pictures: ListedPicture[] = [];
  const notes: string[] = [];
  for (const name of names) {
    const paths = await picturesIn(folder.path, name);
    await checkFiles(folder, name, paths);
    if (!paths.length) notes.push(`folder ${join(folder.path, name)} holds no pictures, so it is no class`);
    for (const path of paths) {
      const id = relative(folder.path, path).split(sep).join('/');
      pictures.push({ path, id, classes: [name], origin: `folder ${name}` });
    }
  }
  await checkDepth(folder, names, pictures);
  const loose = [...folder.files].filter(isPictureFile).sort();
  if (loose.length)
    notes.push(`${count(loose.length, 'picture')} beside the folders of classes (${some(loose)}) belong to no class and are not used`);
  return { pictures: pictures.sort((a, b) => (a.id < b.id ? -1 : 1)), leftOut: [], notes };
}

/** @throws Error if a folder is hardly one of a class, unless classes.txt says that it is */
async function checkNames(folder: FolderContents, names: readonly string[]): Promise<void> {
  const text = await readFile(join(folder.root, 'classes.txt'), 'utf8').catch(() => '');
  const named = new Set(text.split(/\r?\n/).map(line => line.trim()));
  const wrong = names.filter(name => (structure.test(name) || isSplitName(name)) && !named.has(name));
  const lists = names.every(name => named.has(name)) ? [] : [...folder.files].filter(file => listFile.test(file));
  if (!wrong.length && !lists.length) return;
  const what = wrong.length ? `the folders ${some(wrong)}, which do not look like classes` : `${some(lists)} beside folders of pictures`;
  const also = wrong.length && folder.files.size ? ` (and ${some([...folder.files].sort())})` : '';
  throw new Error(
    `folder ${folder.path} has ${what}${also}; it is in no form that is read. ${knownForms} ` +
      'If each folder is a class, name them in classes.txt, one a line',
  );
}

/** @throws Error if the only folder holds no pictures but those of its folders, which may be the classes, unless classes.txt names it */
async function checkDepth(folder: FolderContents, names: readonly string[], pictures: readonly ListedPicture[]): Promise<void> {
  const holding = names.filter(name => pictures.some(({ id }) => id.startsWith(`${name}/`)));
  const [only] = holding;
  if (only === undefined || holding.length > 1 || folder.path !== folder.root) return;
  const parents = [...new Set(pictures.map(({ id }) => dirname(id)))].sort();
  const text = await readFile(join(folder.root, 'classes.txt'), 'utf8').catch(() => '');
  if (parents.length < 2 || parents.includes(only) || text.split(/\r?\n/).some(line => line.trim() === only)) return;
  throw new Error(
    `folder ${folder.path} has one folder, ${only}, whose pictures lie in ${some(parents)}: give the folder that holds the ` +
      `classes, or, if ${only} is the class of them all, name it in classes.txt`,
  );
}

const maskName = /^(.+?)[ _-]*(mask|masks|seg|segmentation|gt|label(ids|trainids)?)(_?\d+)?$/i;

/**
 * @throws Error if something in the folder of a class says more of its pictures than that: masks beside them, or, unless classes.txt says
 *   that it is a class, files of annotation tools
 */
async function checkFiles(folder: FolderContents, name: string, pictures: readonly string[]): Promise<void> {
  const stems = new Set(pictures.map(withoutEnding));
  const masks = pictures.filter(path => {
    const [, stem] = maskName.exec(basename(withoutEnding(path))) ?? [];
    return stem !== undefined && stems.has(join(dirname(path), stem));
  });
  const [mask] = masks;
  if (mask)
    throw new Error(
      `folder ${join(folder.path, name)} has ${basename(mask)} beside its picture, and ${masks.length} such in all: ` +
        'they look like masks, and would be read as pictures. ' +
        'Move them to masks/, as masks/<path of the picture>.png with the classes as values',
    );
  const text = await readFile(join(folder.root, 'classes.txt'), 'utf8').catch(() => '');
  if (text.split(/\r?\n/).some(line => line.trim() === name)) return;
  const found = await readdir(join(folder.path, name), { recursive: true });
  const lists = found.filter(
    file => listFile.test(file) || (/\.txt$/i.test(file) && stems.has(join(folder.path, name, withoutEnding(file)))),
  );
  if (lists.length)
    throw new Error(
      `folder ${join(folder.path, name)} has ${some(lists.sort())} among its pictures; if they label them, give the folder itself, or ` +
        `export them in another form. ${knownForms} If each folder is a class, name them in classes.txt, one a line`,
    );
}

/** What to do with data of another form. */
export const knownForms =
  'Export it as COCO (an annotations.json with polygons or masks) or as Pascal VOC with masks, ' +
  'or write a labels.csv with the columns file and classes.';

async function picturesIn(folder: string, name: string): Promise<string[]> {
  const found = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
  return found.filter(entry => !entry.isDirectory() && isPictureFile(entry.name)).map(entry => join(entry.parentPath, entry.name));
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
const some = (names: readonly string[]) => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
