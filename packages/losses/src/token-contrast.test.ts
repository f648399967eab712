import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { classTokenContrastLoss, contrastByChance } from './token-contrast.js';

/** The loss as the paper writes it, in double precision. Outputs are view-major: [views][images][size]. */
function byDefinition(student: number[][][], teacher: number[][][], flags: number[][], temperature = 0.5, epsilon = 1e-4): number {
  const images = flags.length;
  let sum = 0;
  for (let image = 0; image < images; image++) {
    const positives = flags[image]!.filter(flag => flag === 1).length;
    let ofImage = 0;
    for (const view of teacher) {
      const e = student.map(other => Math.exp(view[image]!.reduce((dot, value, i) => dot + value * other[image]![i]!, 0) / temperature));
      const negatives = e.reduce((total, value, j) => total + (flags[image]![j] ? 0 : value), 0);
      e.forEach((value, j) => {
        if (flags[image]![j]) ofImage -= Math.log(value / (value + negatives + epsilon));
      });
      ofImage -= Math.log(1 / (1 + negatives + epsilon));
    }
    sum += ofImage / 2 / (positives + epsilon);
  }
  return sum / images;
}

// Four views (two global, one positive, one negative local or both negative) of two images.
const student = [
  [[0.5, -0.2], [0.1, 0.9]],
  [[0.3, 0.4], [-0.6, 0.2]],
  [[0.2, 0.1], [0.7, -0.3]],
  [[-0.4, 0.8], [0.5, 0.5]],
]; // biome-ignore format: one row for each view
const teacher = [
  [[0.6, -0.1], [0.2, 0.7]],
  [[0.1, 0.5], [-0.5, 0.4]],
]; // biome-ignore format: one row for each view
const flags = [
  [1, 1, 1, 0],
  [1, 1, 0, 0],
];
const rows = (views: number[][][]) => tf.tensor2d(views.flat());
const loss = (s: number[][][], t: number[][][], f: number[][], options = {}) =>
  classTokenContrastLoss(rows(s), rows(t), tf.tensor2d(f), options).dataSync()[0]!;

it('is what a pencil says where all outputs are 0', () => {
  // Every E is 1: three positive terms or one constant one of log 2 each, for two teacher views, over 2 · 3 positives.
  const zeros = student.map(view => view.map(row => row.map(() => 0)));
  const found = loss(zeros, zeros.slice(0, 2), [
    [1, 1, 1, 0],
    [1, 1, 1, 0],
  ]);
  expect(found).toBeCloseTo((2 * 4 * Math.LN2) / 2 / 3, 3);
});

it('is what the definition says', () => {
  expect(loss(student, teacher, flags)).toBeCloseTo(byDefinition(student, teacher, flags), 5);
  const options = { temperature: 0.2, epsilon: 0.01 };
  expect(loss(student, teacher, flags, options)).toBeCloseTo(byDefinition(student, teacher, flags, 0.2, 0.01), 5);
  const positive = flags.map(row => row.map(() => 1));
  expect(loss(student, teacher, positive)).toBeCloseTo(byDefinition(student, teacher, positive), 5);
});

it('averages over images', () => {
  const image = (views: number[][][], i: number) => views.map(view => [view[i]!]);
  const alone = [0, 1].map(i => loss(image(student, i), image(teacher, i), [flags[i]!]));
  expect(loss(student, teacher, flags)).toBeCloseTo((alone[0]! + alone[1]!) / 2, 5);
});

it('has the gradient that differences of the definition show', () => {
  const gradient = tf
    .grad(s => classTokenContrastLoss(s as tf.Tensor2D, rows(teacher), tf.tensor2d(flags)))(rows(student))
    .dataSync();
  const step = 1e-5;
  const moved = (view: number, image: number, i: number, delta: number) => {
    const copy = structuredClone(student);
    copy[view]![image]![i]! += delta;
    return byDefinition(copy, teacher, flags);
  };
  gradient.forEach((value, k) => {
    const [view, image, i] = [Math.floor(k / 4), Math.floor(k / 2) % 2, k % 2] as const;
    expect(value).toBeCloseTo((moved(view, image, i, step) - moved(view, image, i, -step)) / (2 * step), 5);
  });
});

it('sends no gradient to the teacher', () => {
  const flag = tf.tensor2d(flags);
  const ofBoth = tf.grad(x => classTokenContrastLoss(x as tf.Tensor2D, tf.slice(x as tf.Tensor2D, [0, 0], [4, 2]), flag))(rows(student));
  const ofStudent = tf.grad(x => classTokenContrastLoss(x as tf.Tensor2D, tf.slice(rows(student), [0, 0], [4, 2]), flag))(rows(student));
  expect(ofBoth.arraySync()).toEqual(ofStudent.arraySync());
});

it('stays finite where the exponentials overflow', () => {
  const teacherRows = tf.tensor2d([[100], [100]]);
  const flag = tf.tensor2d([[1, 1, 0]]);
  const evaluate = (outputs: number[]) => {
    const { value, grad } = tf.valueAndGrad(s => classTokenContrastLoss(s as tf.Tensor2D, teacherRows, flag))(tf.tensor2d(outputs, [3, 1]));
    return { value: value.dataSync()[0]!, gradient: [...grad.dataSync()] };
  };
  // z = ±20 000. Perfect: only the constant term log(1 + 1e-4) is left, for each of two views, over 2 · 2 positives.
  const perfect = evaluate([100, 100, -100]);
  expect(perfect.value).toBeCloseTo(1e-4 / 2, 7);
  expect(perfect.gradient.map(Math.abs)).toEqual([0, 0, 0]);
  // As wrong as can be: two positive terms of 40 000 and the constant one of 20 000.
  const wrong = evaluate([-100, -100, 100]);
  expect(wrong.value / ((2 * (2 * 40_000 + 20_000)) / 2 / 2.0001)).toBeCloseTo(1, 5);
  [-100, -100, 300].forEach((expected, i) => {
    expect(wrong.gradient[i]! / ((2 * expected * 2) / 2 / 2.0001)).toBeCloseTo(1, 5);
  });
});

it('leaves one tensor behind, and gradients leave nothing more', () => {
  const [s, t, f] = [rows(student), rows(teacher), tf.tensor2d(flags)];
  const before = tf.memory().numTensors;
  classTokenContrastLoss(s, t, f).dispose();
  tf.grad(x => classTokenContrastLoss(x as tf.Tensor2D, t, f))(s).dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('names what does not fit', () => {
  const f = tf.tensor2d(flags);
  expect(() => classTokenContrastLoss(tf.ones([7, 2]), rows(teacher), f)).toThrow(/student has 7 rows, expected 4 views × 2 images/);
  expect(() => classTokenContrastLoss(rows(student), tf.ones([4, 3]), f)).toThrow(/teacher has shape \[4,3\], expected \[4, 2\]/);
  expect(() => classTokenContrastLoss(rows(student), tf.ones([2, 2]), f)).toThrow(/teacher has shape \[2,2\], expected \[4, 2\]/);
});

it('is by chance what outputs give whose dot products are all 0', () => {
  const nothing = (rows: number) => tf.zeros([rows, 2]) as tf.Tensor2D;
  const seen = tf.tensor2d(flags);
  const chance = contrastByChance(seen).dataSync()[0]!;
  expect(chance).toBeCloseTo(classTokenContrastLoss(nothing(8), nothing(4), seen).dataSync()[0]!, 4);
  // One negative of four: (3 + 1)·log 2 / 3; two: (2 + 1)·log 3 / 2.
  expect(chance).toBeCloseTo((((3 + 1) * Math.log(2)) / 3 + ((2 + 1) * Math.log(3)) / 2) / 2, 3);
});
