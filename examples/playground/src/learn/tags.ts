import { readCsv } from '@wsss/datasets/labels';

/** Which classes are in which picture. */
export interface TagList {
  classes: string[];
  /** Names of the classes of each picture, by the name of its file. */
  tags: Map<string, string[]>;
}

/** The list as the `labels.csv` that `mcc train folder` reads. */
export function tagsAsCsv({ tags }: TagList): string {
  const field = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return ['file,classes', ...[...tags].map(([file, classes]) => `${field(file)},${field(classes.join(';'))}`), ''].join('\n');
}

export function tagsAsJson({ classes, tags }: TagList): string {
  return `${JSON.stringify({ classes, images: [...tags].map(([file, classes]) => ({ file, classes })) }, null, 2)}\n`;
}

/**
 * Reads what {@link tagsAsCsv} or {@link tagsAsJson} wrote, or a `labels.csv`.
 *
 * @throws Error in one sentence that names the file and, of CSV, the line
 */
export function parseTags(text: string, name: string): TagList {
  const list = /\.json$/i.test(name) ? fromJson(text, name) : fromCsv(text, name);
  const classes = new Set(list.classes);
  for (const names of list.tags.values()) for (const each of names) classes.add(each);
  if (!list.tags.size) throw new Error(`${name} names no picture.`);
  return { classes: [...classes], tags: list.tags };
}

function fromCsv(text: string, name: string): TagList {
  let rows: ReturnType<typeof readCsv>;
  try {
    rows = readCsv(text);
  } catch (error) {
    throw new Error(`${name} ${(error as Error).message}.`);
  }
  const header = rows[0]?.fields.map(field => field.toLowerCase()) ?? [];
  const [file, classes] = ['file', 'classes'].map(field => header.indexOf(field)) as [number, number];
  if (file < 0 || classes < 0)
    throw new Error(`${name} line 1: expected the columns file and classes, found ${JSON.stringify(header.join(','))}.`);
  const tags = new Map<string, string[]>();
  for (const { line, fields } of rows.slice(1)) {
    if (fields.length !== header.length)
      throw new Error(`${name} line ${line}: ${fields.length} fields instead of ${header.length}; quote fields that hold commas.`);
    if (tags.has(fields[file]!)) throw new Error(`${name} line ${line}: ${fields[file]} is named twice.`);
    tags.set(fields[file]!, split(fields[classes]!));
  }
  return { classes: [], tags };
}

const split = (text: string) => [
  ...new Set(
    text
      .split(/[;|,]/)
      .map(word => word.trim())
      .filter(Boolean),
  ),
];

function fromJson(text: string, name: string): TagList {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error(`${name} is not JSON; was it cut?`);
  }
  const { classes, images } = (found ?? {}) as { classes?: unknown; images?: unknown };
  const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(each => typeof each === 'string');
  if (!areTexts(classes) || !Array.isArray(images)) throw new Error(`${name} has no lists "classes" and "images".`);
  const tags = new Map<string, string[]>();
  for (const [i, image] of images.entries()) {
    const { file, classes } = (image ?? {}) as { file?: unknown; classes?: unknown };
    if (typeof file !== 'string' || !areTexts(classes)) throw new Error(`${name}: image ${i} has no "file" with a list "classes".`);
    if (tags.has(file)) throw new Error(`${name}: ${file} is named twice.`);
    tags.set(file, [...new Set(classes)]);
  }
  return { classes, tags };
}
