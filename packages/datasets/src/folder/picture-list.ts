import type { LabelMap } from '../dataset.js';

/** The label 1 … C of a class, by its name; 0 for background. */
export type LabelOf = (className: string) => number;

/** A picture of your own data as its list or its place names it. */
export interface ListedPicture {
  path: string;
  /** Path below the folder of the split, with `/` on every system; no two of a list are the same. */
  id: string;
  /** Names of its classes, or what finds them in its mask. */
  classes: readonly string[] | (() => Promise<readonly string[]>);
  /** Named in a column `split`, or by the list that names the picture. */
  split?: string;
  /** Where it is named, for messages. */
  origin: string;
  /** Its mask, where the list has outlines or names one. */
  mask?: (labelOf: LabelOf) => Promise<LabelMap>;
  /** Why it cannot be found, if it cannot: a sentence that goes on after the picture's path. */
  problem?: string;
}

/** What a list or folders name. */
export interface PictureList {
  pictures: ListedPicture[];
  /** Names of the classes, where their order is given. */
  classes?: { names: readonly string[]; ids?: readonly number[]; unused?: readonly string[] };
  /** Pictures and annotations that cannot be used, a sentence each. Pictures that they belong to are not in the list. */
  leftOut: string[];
  outlines?: { count: number; unusable: number };
  /** What is to be known about how it was read. */
  notes: string[];
}

/** A form in which annotation tools, or people, label pictures in a folder. */
export interface ListForm {
  /** What messages and documents call it. */
  name: string;
  /** What lies in the folder. */
  about: string;
  /** What makes the folder one of this form, as messages call it: `labels.csv`; undefined if it is none. */
  find(folder: FolderContents): Promise<string | undefined>;
  /** @returns what it lists, a list a file that does. @throws Error naming file and place if it is damaged. */
  read(folder: FolderContents): Promise<PictureList[]>;
}

/** A folder that may hold a list: what lies in it, looked up once. */
export interface FolderContents {
  path: string;
  files: ReadonlySet<string>;
  folders: ReadonlySet<string>;
  /** The folder of the whole data set: the same, or the one with the splits. */
  root: string;
}
