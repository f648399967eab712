import * as tf from '@tensorflow/tfjs-core';
import { interpolate } from '@wsss/ops';
import { afterEach, expect, test } from 'vitest';
import { setup } from '../test/small-step.js';
import { SlowTeacher } from './slow-teacher.js';

const plain = { canTrace: false };
const owned: { dispose(): void }[] = [];
afterEach(() => {
  for (const each of owned.splice(0)) each.dispose();
});

function teacherOf(momentum: number, certainty = 0.6) {
  const { network: student, batch } = setup();
  const { network } = setup();
  const teacher = new SlowTeacher(network, student, { momentum, certainty }, plain);
  owned.push(teacher, student);
  const set = (value: number) =>
    student.variable('decoder.conv8.weight').assign(tf.fill(student.variable('decoder.conv8.weight').shape, value));
  const value = () => network.variable('decoder.conv8.weight').dataSync()[0];
  return { teacher, student, network, batch, set, value };
}

test('The teacher is the mean of what the student has been, then a moving average', () => {
  const { teacher, set, value } = teacherOf(0.75);
  const seen = [8, 4, 6, 2, 10].map(next => {
    set(next);
    teacher.follow();
    return value();
  });
  // 8; (8 + 4) / 2; (8 + 4 + 6) / 3; (8 + 4 + 6 + 2) / 4; from here 0.75 of it and 0.25 of the student.
  expect(seen.map(x => Number(x!.toFixed(5)))).toEqual([8, 6, 6, 5, 6.25]);
});

test('Every other iteration is its own, once its average holds segmentation', () => {
  const { teacher } = teacherOf(0.9);
  const schedule = { warmupIterations: 0, classificationUntil: 5, segmentationAfter: 3, mainCamForMasksAfter: 0, mainCamForLabelsAfter: 0 };
  const turns = Array.from({ length: 20 }, (_, iteration) => teacher.hasTurn(iteration, schedule));
  expect(turns.flatMap((turn, iteration) => (turn ? [iteration] : []))).toEqual([16, 18]);
});

test('Its labels are its likeliest of the classes that are there, where it is certain and inside the picture', async () => {
  const { teacher, network, batch } = teacherOf(0.9, 0.45);
  const labels = await teacher.labels(batch);
  const logits = interpolate(network.segment(network.encoder.encode(batch.view1)), [32, 32], {
    mode: 'bilinear',
  }).arraySync() as number[][][][];
  const present = batch.labels.arraySync();
  const inside = batch.inside.arraySync() as number[][][];
  const expected = logits.map((image, b) =>
    image.map((row, y) =>
      row.map((pixel, x) => {
        const scores = pixel.map((logit, k) => (k === 0 || present[b]![k - 1] ? Math.exp(logit) : 0));
        const best = Math.max(...scores);
        const probability = best / scores.reduce((a, s) => a + s, 0);
        return inside[b]![y]![x]! < 0.5 || probability < 0.45 ? 255 : scores.indexOf(best);
      }),
    ),
  );
  expect(labels.arraySync()).toEqual(expected);
  expect(new Set(expected.flat(2)).size).toBeGreaterThan(2); // some are ignored, some are not
});

test('What it saves makes another one the same', async () => {
  const one = teacherOf(0.5);
  one.set(3);
  one.teacher.follow();
  const other = teacherOf(0.5);
  other.teacher.load(await one.teacher.state());
  for (const { teacher, set } of [one, other]) {
    set(5);
    teacher.follow();
  }
  expect(other.value()).toBe(one.value());
  expect(other.value()).toBe(4);
});
