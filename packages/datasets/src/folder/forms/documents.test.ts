import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pictureForms } from '../../images/picture-forms.js';
import { listForms } from './forms.js';

const file = join(import.meta.dirname, '../../../README.md');

function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const all = [head, ...rows];
  const [first, second] = [0, 1].map(column => Math.max(...all.map(row => row[column]!.length))) as [number, number];
  const line = ([a, b]: readonly [string, string]) => `| ${a.padEnd(first)} | ${b.padEnd(second)} |`;
  return [line(head), `| ${'-'.repeat(first)} | ${'-'.repeat(second)} |`, ...rows.map(line)].join('\n');
}

// What each has is read by forms.test.ts (a writer for every form) and read-picture.test.ts (a file for every format).
const tables = {
  forms: table(
    ['form', 'what lies in the folder'],
    listForms.map(({ name, about }) => [name, about.replaceAll('|', '\\|')] as const),
  ),
  pictures: table(
    ['format', 'what is read'],
    pictureForms.map(({ name, endings, about }) => [`${name} (${endings.map(ending => `\`${ending}\``).join(', ')})`, about] as const),
  ),
};

it.each(Object.entries(tables))('the README has the %s that are read; UPDATE=1 writes them', (name, expected) => {
  const text = readFileSync(file, 'utf8');
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  const written = text.replace(place, (_, open, close) => `${open}\n${expected}\n\n${close}`);
  if (process.env.UPDATE) writeFileSync(file, written);
  expect(text).toMatch(place);
  expect(written).toBe(process.env.UPDATE ? written : text);
});
