import { expect, it } from 'vitest';
import { parseTags, tagsAsCsv, tagsAsJson } from './tags.js';

const list = {
  classes: ['cat', 'a "big" dog'],
  tags: new Map([
    ['one, two.jpg', ['cat', 'a "big" dog']],
    ['b.png', []],
  ]),
};

it('comes back from both forms', () => {
  expect(tagsAsCsv(list)).toBe('file,classes\n"one, two.jpg","cat;a ""big"" dog"\nb.png,\n');
  expect(parseTags(tagsAsCsv(list), 'tags.csv')).toEqual(list);
  expect(parseTags(tagsAsJson(list), 'tags.json')).toEqual(list);
});

it('keeps a class that no picture has, in JSON', () => {
  expect(parseTags(tagsAsJson({ ...list, classes: ['cat', 'a "big" dog', 'bird'] }), 'tags.json').classes).toContain('bird');
});

it.each([
  ['a.csv', 'name,label\nx,y', 'a.csv line 1: expected the columns file and classes, found "name,label".'],
  ['a.csv', 'file,classes\na.jpg,cat,dog', 'a.csv line 2: 3 fields instead of 2'],
  ['a.csv', 'file,classes\na.jpg,cat\na.jpg,dog', 'a.csv line 3: a.jpg is named twice.'],
  ['a.csv', 'file,classes\n"a.jpg,cat', 'a.csv line 2: a quote is out of place or never closed.'],
  ['a.csv', 'file,classes', 'a.csv names no picture.'],
  ['a.json', '{', 'a.json is not JSON; was it cut?'],
  ['a.json', 'null', 'a.json has no lists "classes" and "images".'],
  ['a.json', '{"classes":["a"],"images":[{"file":3}]}', 'a.json: image 0 has no "file" with a list "classes".'],
])('refuses %s %j', (name, text, message) => {
  expect(() => parseTags(text, name)).toThrow(message);
});
