import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FolderContents, ListForm, PictureList } from '../picture-list.js';
import { classFoldersForm, knownForms } from './class-folders.js';
import { cocoForm } from './coco-list.js';
import { csvForm } from './csv.js';
import { cvatForm } from './cvat.js';
import { labelStudioForm } from './label-studio.js';
import { labelmeForm } from './labelme.js';
import { roboflowForm } from './roboflow.js';
import { unreadIn } from './unread.js';
import { viaForm } from './via.js';
import { vocForm } from './voc.js';
import { vocObjectsForm } from './voc-objects.js';
import { yoloForm } from './yolo.js';

/** The forms that are read, as documents list them. A folder a class is what is left if no other is there. */
export const listForms: readonly ListForm[] = [
  csvForm,
  cocoForm,
  vocForm,
  vocObjectsForm,
  yoloForm,
  labelmeForm,
  viaForm,
  cvatForm,
  labelStudioForm,
  roboflowForm,
  classFoldersForm,
];

const isFolderAt = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** What lies in a folder; hidden files are left out. */
export async function contentsOf(path: string, root = path): Promise<FolderContents> {
  const [files, folders] = [new Set<string>(), new Set<string>()];
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.name.startsWith('.')) continue;
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && isFolderAt(join(path, entry.name)));
    (isFolder ? folders : files).add(entry.name);
  }
  return { path, files, folders, root };
}

/** Forms that a folder is of by what lies in it: none, one, or several of which none is meant by itself. */
export async function formsOf(folder: FolderContents): Promise<{ form: ListForm; what: string }[]> {
  const found: { form: ListForm; what: string }[] = [];
  for (const form of listForms) {
    if (form === classFoldersForm) continue;
    const what = await form.find(folder);
    if (what) found.push({ form, what });
  }
  return found;
}

/**
 * The pictures of a folder, read in the form that it is of.
 *
 * @throws Error if it is of none that is read, naming what lies there, or of several
 */
export async function listsOf(folder: FolderContents): Promise<{ form: ListForm; lists: PictureList[] }> {
  const forms = await formsOf(folder);
  if (forms.length > 1)
    throw new Error(
      `folder ${folder.path} can be read in ${forms.length} ways: by ${forms.map(({ what }) => what).join(' and by ')}; ` +
        'move all but one away',
    );
  const [only] = forms;
  if (only) return { form: only.form, lists: await only.form.read(folder) };
  const unread = await unreadIn(folder);
  if (unread.length) throw new Error(`folder ${folder.path}: ${unread.slice(0, 3).join('; ')}`);
  if (await classFoldersForm.find(folder)) return { form: classFoldersForm, lists: await classFoldersForm.read(folder) };
  const exists = existsSync(folder.path);
  if (exists && !isFolderAt(folder.path)) throw new Error(`folder ${folder.path} is a file; unpack it first, and give the folder`);
  const there = [...folder.files, ...folder.folders].sort();
  const holds = there.length ? ` (there are ${there.slice(0, 8).join(', ')}${there.length > 8 ? ', …' : ''})` : '';
  const nothing = exists ? `holds no labels.csv, no annotations.json and no folders of pictures${holds}` : 'does not exist';
  throw new Error(
    `folder ${folder.path} ${nothing}; expected labels.csv with the columns file and classes, ` +
      'annotations.json in the form of COCO, another ' +
      `list that is read (${listForms.map(({ name }) => name).join(', ')}), or a folder for each class. ${knownForms}`,
  );
}
