import { expect, it } from 'vitest';
import { escapeHtml, linkTo } from './page.js';

it('shows names of files as text, whatever is in them', () => {
  expect(escapeHtml('<img src=x onerror="alert(1)">&\'')).toBe('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#38;&#39;');
  expect(escapeHtml('a\u001b[31m\u202egnp.exe\u009b')).toBe('a\\u001b[31m\\u202egnp.exe\\u009b');
  expect(escapeHtml('two\nlines\tÄ 日本')).toBe('two\nlines\tÄ 日本');
});

it('links to files of any name', () => {
  expect(linkTo('labels/a#b?c%41 d:é.png')).toBe('labels/a%23b%3Fc%2541%20d%3A%C3%A9.png');
});
