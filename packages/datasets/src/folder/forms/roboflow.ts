import { join } from 'node:path';
import { readFile } from '@wsss/files';
import type { LabelMap } from '../../dataset.js';
import { ignoreLabel } from '../../dataset.js';
import { isBackground } from '../../images/label-map-file.js';
import { findListed } from '../../images/listed-path.js';
import { isPictureFile } from '../../images/picture-forms.js';
import { readLabelPng } from '../../images/read-label-png.js';
import { withoutEnding } from '../../images/short-names.js';
import type { FolderContents, ListedPicture, ListForm, PictureList } from '../picture-list.js';
import { csvText, readCsv } from './read-csv.js';

const list = '_classes.csv';

/**
 * Roboflow's `_classes.csv`: beside masks `NAME_mask.png` it says what their values stand for (`Pixel Value, Class`); or it has a column a
 * class, with 1 for the pictures that have it (`filename, cat, dog`).
 */
export const roboflowForm: ListForm = {
  name: 'Roboflow',
  about: '`_classes.csv`, with masks `NAME_mask.png` beside the pictures (semantic segmentation) or a column a class (multi-label)',
  find: async ({ files }) => (files.has(list) ? list : undefined),
  read: async folder => {
    const path = join(folder.path, list);
    let rows: ReturnType<typeof readCsv>;
    try {
      rows = readCsv(csvText(await readFile(path)));
    } catch (error) {
      throw new Error(`${path} ${(error as Error).message}`, { cause: error });
    }
    const header = rows[0]?.fields ?? [];
    const uneven = rows.find(({ fields }) => fields.length !== header.length);
    if (uneven) throw new Error(`${path} line ${uneven.line}: ${uneven.fields.length} fields instead of ${header.length}`);
    const [first, second] = header.map(name => name.toLowerCase());
    if (first === 'pixel value' && second === 'class') return [await picturesWithMasks(folder, rows.slice(1))];
    if (first === 'filename' && header.length > 1) return [await picturesOfColumns(folder, header.slice(1), rows.slice(1))];
    throw new Error(
      `${path} begins with ${JSON.stringify(header.join(','))}; expected "Pixel Value, Class", or "filename" and the classes`,
    );
  },
};

type Rows = ReturnType<typeof readCsv>;

async function picturesOfColumns(folder: FolderContents, names: string[], rows: Rows): Promise<PictureList> {
  const path = join(folder.path, list);
  const found = await findListed(
    rows.map(({ fields }) => fields[0]!),
    [folder.path, join(folder.path, 'images')],
    folder.root,
  );
  const pictures = rows.map(({ line, fields }, i): ListedPicture => {
    const wrong = fields.slice(1).find(value => value !== '0' && value !== '1');
    if (wrong !== undefined) throw new Error(`${path} line ${line}: ${JSON.stringify(wrong)} is neither 0 nor 1`);
    return { ...found[i]!, classes: names.filter((_, k) => fields[k + 1] === '1'), origin: `${list} line ${line}` };
  });
  return { pictures, classes: { names }, leftOut: [], notes: [] };
}

async function picturesWithMasks(folder: FolderContents, rows: Rows): Promise<PictureList> {
  const path = join(folder.path, list);
  const byValue = new Map<number, string>();
  for (const { line, fields } of rows) {
    const value = Number(fields[0] || Number.NaN);
    if (!Number.isInteger(value) || value < 0 || value > 255 || byValue.has(value) || !fields[1])
      throw new Error(
        `${path} line ${line}: found ${JSON.stringify(fields.join(','))}; expected a value 0 to 255 that no other line has, and a name`,
      );
    byValue.set(value, fields[1]);
  }
  const zero = byValue.get(0);
  if (zero !== undefined && !isBackground(zero))
    throw new Error(`${path}: the value 0 is ${JSON.stringify(zero)}; expected background, for what has no other class is 0`);
  const classes = [...byValue].filter(([value]) => value !== 0).sort(([a], [b]) => a - b);
  const names = classes.map(([, name]) => name);
  const isMask = (name: string) => /_mask\.png$/i.test(name);
  const masks = new Set([...folder.files].filter(isMask));
  const pictures: ListedPicture[] = [];
  const leftOut: string[] = [];
  for (const id of [...folder.files].filter(name => isPictureFile(name) && !isMask(name)).sort()) {
    const mask = `${withoutEnding(id)}_mask.png`;
    if (!masks.delete(mask)) {
      leftOut.push(`${id} has no mask ${mask}`);
      continue;
    }
    const read = () => readLabelPng(join(folder.path, mask));
    const present = async () => {
      const values = new Set((await read()).data);
      return classes.flatMap(([value, name]) => (values.has(value) ? [name] : []));
    };
    const relabeled = async (labelOf: (name: string) => number): Promise<LabelMap> => {
      const map = await read();
      // Values that no line names stay out of range, so that reading them says so.
      const labels = Uint8Array.from({ length: 256 }, (_, value) => {
        const name = byValue.get(value);
        if (value === 0) return 0;
        if (name !== undefined) return labelOf(name);
        return value === ignoreLabel ? ignoreLabel : 254;
      });
      return { ...map, data: map.data.map(value => labels[value]!) };
    };
    pictures.push({ path: join(folder.path, id), id, classes: present, origin: mask, mask: relabeled });
  }
  leftOut.push(...[...masks].map(mask => `${mask} is the mask of no picture`));
  return { pictures, classes: { names }, leftOut, notes: [] };
}
