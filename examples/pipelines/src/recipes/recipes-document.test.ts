import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shapes } from './shapes.js';
import { voc } from './voc.js';

const document = readFileSync(join(import.meta.dirname, '../../../../docs/recipes.md'), 'utf8');
const rows = [...document.matchAll(/^\| `([\w.]+)` +\| `([^`]+)` +\| `([^`]+)` +\|/gm)].filter(([, path]) => !path!.includes('VIEW'));

it.each(rows.map(([, path, ofVoc, ofShapes]) => ({ path: path!, ofVoc: ofVoc!, ofShapes: ofShapes! })))(
  'docs/recipes.md is right about $path',
  ({ path, ofVoc, ofShapes }) => {
    const at = (recipe: object) => path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], recipe);
    expect([JSON.parse(ofVoc), JSON.parse(ofShapes)]).toEqual([at(voc), at(shapes)]);
  },
);

it('the table is there', () => {
  expect(rows.length).toBeGreaterThan(60);
});
