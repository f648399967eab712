import { expect, it } from 'vitest';
import { inCommand, inPage } from '../run/advice.js';
import { LearningWatch } from './learning-watch.js';
import type { Losses } from './losses.js';

const schedule = { warmupIterations: 10, classificationUntil: 19 };
const guess = { f1: 0.4, loss: 0.5 };
const means = (f1: number, contrast?: number, contrastChance?: number, classification = 0.46): Partial<Losses> => ({
  ...{ f1, contrast, contrastChance, classification },
});

it('says once that nothing is learned of the classes, when warm-up and the time of classification alone are over', () => {
  const watch = new LearningWatch(guess, schedule, 0);
  expect(watch.remarks(20, means(0.1))).toEqual([]); // of iterations within the warm-up
  const [remark, ...others] = watch.remarks(30, means(0.3));
  expect(others).toEqual([]);
  expect(inCommand(remark!)).toMatch(/F1 30 %, guessing gives 40 %; their loss is 0\.46, that of guessing 0\.50\. .*--preset small/);
  expect(inPage(remark!)).toMatch(/that of guessing 0\.50\. Look whether the tags are right/);
  expect(watch.remarks(40, means(0.3))).toEqual([]);
});

it('says nothing of a run that learns', () => {
  const watch = new LearningWatch(guess, schedule, 0);
  for (const done of [20, 30, 40, 50, 60]) expect(watch.remarks(done, means(0.6, 1, 2))).toEqual([]);
});

it('says nothing where most images show one class, so that only the loss is better than a guess', () => {
  const watch = new LearningWatch(guess, schedule, 20);
  expect(watch.remarks(30, means(0.3, undefined, undefined, 0.44))).toEqual([]);
});

it('says once that the contrast stays above chance, after three records in a row', () => {
  const watch = new LearningWatch(guess, schedule, 20);
  const said = [3, 1, 3, 3, 3, 3].map((contrast, i) => watch.remarks(30 + 10 * i, means(0.6, contrast, 2)).length);
  expect(said).toEqual([0, 0, 0, 0, 1, 0]);
});

it('shows F1 as a mean over recent iterations, beside what guessing gives', () => {
  const watch = new LearningWatch(guess, schedule, 0);
  watch.note({ total: 1, f1: 1 });
  expect(watch.note({ total: 1, f1: 0.5 })).toEqual({ f1: 0.75, guessed: 0.4 });
  for (let i = 0; i < 20; i++) watch.note({ total: 1, f1: 0 });
  expect(watch.note({ total: 1, f1: 0 }).f1).toBe(0);
});
