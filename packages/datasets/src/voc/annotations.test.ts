import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAnnotationLabels } from './annotations.js';
import { vocClasses } from './classes.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-annotations-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, '2007_000001.xml');
const object = (name: string, difficult: number) =>
  `\t<object>\n\t\t<name>${name}</name>\n\t\t<difficult>${difficult}</difficult>\n\t\t<part><name>head</name></part>\n\t</object>\n`;
const put = (...objects: string[]) =>
  writeFileSync(file, `<annotation>\n\t<filename>2007_000001.jpg</filename>\n${objects.join('')}</annotation>\n`);
const names = (labels: Float32Array) => vocClasses.filter((_, k) => labels[k] === 1);

describe('readAnnotationLabels', () => {
  it('gives the classes of the objects, not of their parts', async () => {
    put(object('person', 0), object('dog', 0), object('dog', 1), object('sofa', 1));
    expect(names(await readAnnotationLabels(file))).toEqual(['dog', 'person', 'sofa']);
    expect(names(await readAnnotationLabels(file, { difficult: false }))).toEqual(['dog', 'person']);
    put();
    expect(names(await readAnnotationLabels(file))).toEqual([]);
  });

  it('names file, line and what is wrong', async () => {
    put(object('dog', 0), object('zebra', 0));
    await expect(readAnnotationLabels(file)).rejects.toThrow(/2007_000001\.xml: line 9: unknown class "zebra"; VOC has aeroplane, bicycle/);
    writeFileSync(file, '<annotation>\n<object>\n<difficult>0</difficult></object></annotation>');
    await expect(readAnnotationLabels(file)).rejects.toThrow('line 2: an object without a name');
    writeFileSync(file, '<annotation>\n<object>');
    await expect(readAnnotationLabels(file)).rejects.toThrow('it is truncated');
    await expect(readAnnotationLabels(join(folder, 'no.xml'))).rejects.toThrow(/cannot read annotation .*no\.xml: the file does not exist/);
  });
});
