import { expect, it } from 'vitest';
import { parseJson } from './parse-json.js';

it('reads JSON', () => {
  expect(parseJson('{"a": ["[[[", "\\"{", 1]}', 'f')).toEqual({ a: ['[[[', '"{', 1] });
});

it.each([
  ['', 'f is empty'],
  [' \n', 'f is empty'],
  ['{"a": [1', 'f is not JSON: it ends too early (was it cut?)'],
  ['"abc', 'f is not JSON'],
  ['{"a": 1,\n  b}', 'f is not JSON'],
  ['['.repeat(1e6), 'f is nested more than 200 deep'],
  ['{"a":'.repeat(1e6), 'f is nested more than 200 deep'],
])('refuses %.20j with a sentence', (text, message) => {
  expect(() => parseJson(text, 'f')).toThrow(message);
});
