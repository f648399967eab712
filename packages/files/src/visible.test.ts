import { expect, it } from 'vitest';
import { visible } from './visible.js';

it('shows what would act on a terminal', () => {
  expect(visible('a\u001b[2J\u0007\u009bb\r\n\u202ec')).toBe('a\\u001b[2J\\u0007\\u009bb\\u000d\\u000a\\u202ec');
  expect(visible('ä\n図\t', '\n\t')).toBe('ä\n図\t');
});

it('means the same inside JSON', () => {
  const text = JSON.stringify({ name: 'a\u009b\u202e' });
  expect(visible(text)).not.toBe(text);
  expect(JSON.parse(visible(text))).toEqual(JSON.parse(text));
});
