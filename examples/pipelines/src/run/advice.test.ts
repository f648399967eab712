import { expect, it } from 'vitest';
import { messageInPage, refusal } from './advice.js';

it('says the same problem at the command line and in a page, and to each what helps there', () => {
  const error = refusal(RangeError, { problem: 'too large', advice: { command: '; see --crop', page: '; take a smaller crop' } });
  expect(error).toBeInstanceOf(RangeError);
  expect([error.message, messageInPage(error)]).toEqual(['too large; see --crop', 'too large; take a smaller crop']);
});

it('leaves other errors, and what is none, as they are', () => {
  expect([messageInPage(new Error('cut')), messageInPage('text')]).toEqual(['cut', 'text']);
});
