import { join } from 'node:path';
import { readFile } from '@wsss/files';
import { findListed } from '../../images/listed-path.js';
import type { ListForm, PictureList } from '../picture-list.js';
import { readCsv } from './read-csv.js';

/**
 * `labels.csv`: a first row with the columns `file` and `classes`, in any order, and perhaps `split`; then a picture a row. Several classes
 * are separated by `;`, `|` or (in quotes) `,`; none is fine. Files are looked for beside the list and in `images/` there.
 */
export const csvForm: ListForm = {
  name: 'labels.csv',
  about: 'a table with the columns `file` and `classes` (several separated by `;`, `|` or, in quotes, `,`), and perhaps `split`',
  find: async ({ files }) => (files.has('labels.csv') ? 'labels.csv' : undefined),
  read: ({ path, root }) => picturesOfCsv(join(path, 'labels.csv'), path, root),
};

/** @throws Error naming file and line if a column is missing or a file named twice */
async function picturesOfCsv(path: string, folder: string, root: string): Promise<PictureList[]> {
  const fail = (line: number, reason: string): never => {
    throw new Error(`${path} line ${line}: ${reason}`);
  };
  let rows: ReturnType<typeof readCsv>;
  try {
    rows = readCsv(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} ${(error as Error).message}`, { cause: error });
  }
  const header = rows[0]?.fields.map(name => name.toLowerCase()) ?? [];
  const [file, classes, split] = ['file', 'classes', 'split'].map(name => header.indexOf(name)) as [number, number, number];
  if (file < 0 || classes < 0)
    fail(rows[0]?.line ?? 1, `expected a first row "file,classes" (and perhaps "split"), found ${JSON.stringify(header.join(','))}`);
  const lines = new Map<string, number>();
  for (const { line, fields } of rows.slice(1)) {
    if (fields.length !== header.length) fail(line, `${fields.length} fields instead of ${header.length}; quote fields that hold commas`);
    const name = fields[file]!;
    if (!name) fail(line, 'no file is named');
    if (lines.has(name)) fail(line, `${name} is named on line ${lines.get(name)} already`);
    lines.set(name, line);
  }
  if (rows.length < 2) throw new Error(`${path} names no picture`);
  const found = await findListed([...lines.keys()], [folder, join(folder, 'images')], root);
  const pictures = rows.slice(1).map(({ line, fields }, i) => {
    const names = fields[classes]!.split(/[;|,]/).map(word => word.trim());
    return {
      ...found[i]!,
      classes: [...new Set(names.filter(Boolean))],
      ...(split >= 0 && fields[split] && { split: fields[split] }),
      origin: `labels.csv line ${line}`,
    };
  });
  return [{ pictures, leftOut: [], notes: [] }];
}
