import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { coco } from './coco.js';
import { folder } from './folder.js';
import { recipeSchema } from './recipe.js';
import { shapes } from './shapes.js';
import { smallRecipe } from './small.js';
import { voc } from './voc.js';

const document = readFileSync(join(import.meta.dirname, '../../../../docs/recipes.md'), 'utf8');
const [values, ofCoco = ''] = document.split('**COCO.**') as [string, string?];
const rowsOf = (text: string) =>
  [...text.matchAll(/^\| `([\w.]+)` +\| `([^`]+)` +\| `([^`]+)` +\|/gm)].filter(([, path]) => !path!.includes('VIEW'));
const rows = rowsOf(values);
const at = (recipe: object, path: string) =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], recipe);

it.each(rows.map(([, path, ofVoc, ofShapes]) => ({ path: path!, ofVoc: ofVoc!, ofShapes: ofShapes! })))(
  'docs/recipes.md is right about $path',
  ({ path, ofVoc, ofShapes }) => {
    expect([JSON.parse(ofVoc), JSON.parse(ofShapes)]).toEqual([at(voc, path), at(shapes, path)]);
  },
);

interface Described {
  description?: string;
  shape?: Record<string, Described>;
}

/** The values of the schema with their meanings, by path. */
const meanings = (schema: Described, path: string): [string, string][] =>
  schema.description
    ? [[path, schema.description]]
    : Object.entries(schema.shape ?? {}).flatMap(([key, value]) => meanings(value, path ? `${path}.${key}` : key));

const described = meanings(recipeSchema, '');

it('docs/recipes.md has every value of the schema, with its meaning', () => {
  const written = new Map([...values.matchAll(/^\| `([\w.]+)` +\|.*\|([^|]*)\|$/gm)].map(([, path, meaning]) => [path!, meaning!.trim()]));
  const listed = described.filter(([path]) => path !== 'backbone' && !/^augmentation\.(view|local)/.test(path));
  expect(listed.length).toBeGreaterThan(60);
  expect(listed.map(([path]) => [path, written.get(path)])).toEqual(listed);
});

it('docs/recipes.md lists what differs between COCO and VOC', () => {
  const differing = rows.map(([, path]) => path!).filter(path => JSON.stringify(at(coco, path)) !== JSON.stringify(at(voc, path)));
  const listed = rowsOf(ofCoco).map(([, path, value, ofVoc]) => [path, JSON.parse(value!), JSON.parse(ofVoc!)]);
  expect(listed).toEqual(differing.map(path => [path, at(coco, path), at(voc, path)]));
});

it('docs/recipes.md says what the preset for few images sets', () => {
  const preset = smallRecipe(folder, { images: 1500, classesAnImage: 1 });
  const [, section = ''] = document.split('## Few images, little time');
  const table = [...section.matchAll(/^\| `([\w.]+)`[^|]*\| ([^|]+?) +\|/gm)].map(([, path, value]) => [path!, value!] as const);
  const differing = described
    .map(([path]) => path)
    .filter(path => JSON.stringify(at(preset, path)) !== JSON.stringify(at(folder, path)))
    .map(path => path.replace(/^(augmentation)\.(view\d|local)\..*/, '$1.VIEW'));
  expect(table.map(([path]) => path).sort()).toEqual([...new Set(differing)].sort());
  const plain = table.flatMap(([path, value]) => (/^`[^`]+`( if .*)?$/.test(value) ? [[path, JSON.parse(value.split('`')[1]!)]] : []));
  expect(plain.length).toBeGreaterThan(5);
  expect(plain).toEqual(plain.map(([path]) => [path, at(preset, path)]));
});
