import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { coco } from './coco.js';
import { shapes } from './shapes.js';
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

it('the table is there', () => {
  expect(rows.length).toBeGreaterThan(60);
});

it('docs/recipes.md lists what differs between COCO and VOC', () => {
  const differing = rows.map(([, path]) => path!).filter(path => JSON.stringify(at(coco, path)) !== JSON.stringify(at(voc, path)));
  const listed = rowsOf(ofCoco).map(([, path, value, ofVoc]) => [path, JSON.parse(value!), JSON.parse(ofVoc!)]);
  expect(listed).toEqual(differing.map(path => [path, at(coco, path), at(voc, path)]));
});
