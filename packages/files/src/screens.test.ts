import { expect, it } from 'vitest';
import { harmless } from './screens.js';

it('lets bars draw, and nothing else act', () => {
  const drawn = '\rtrain 1/2 \u001b[K';
  expect(harmless(drawn)).toBe(drawn);
  expect(harmless('\r\u001b[Ktext\n')).toBe('\r\u001b[Ktext\n');
  expect(harmless('mcc: a\u001b[2J\rb\u0007 c\td\n')).toBe('mcc: a\\u001b[2J\\u000db\\u0007 c\td\n');
  expect(harmless('\rtrain a\u001b[K\u001b[1Ab\u001b[K')).toBe('\rtrain a\\u001b[K\\u001b[1Ab\u001b[K');
});
