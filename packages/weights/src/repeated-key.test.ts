import { expect, it } from 'vitest';
import { repeatedKey } from './repeated-key.js';

it.each([
  ['{"a": 1, "b": {"a": 2}}', undefined],
  ['{"a": 1, "b": 2, "a": 3}', 'a'],
  ['{"x": {"shape": [1], "shape": [2]}}', 'shape'],
  ['[{"a": ["a", "a"]}, {"a": ":"}]', undefined],
  ['{"\\u0061": 1, "a": 2}', 'a'],
  ['{"a\\"": 1, "a\\\\": {"b": "}"}, "b": ","}', undefined],
  ['{"__proto__": 1, "__proto__": 2}', '__proto__'],
  ['{}', undefined],
])('%s repeats %s', (text, key) => expect(repeatedKey(text)).toBe(key));

it('goes through long strings', () => {
  expect(repeatedKey(JSON.stringify({ a: '\\"'.repeat(2_000_000) }))).toBeUndefined();
});
