import * as tf from '@tensorflow/tfjs-core';
import { type ParameterSpec, Parameters } from '@wsss/weights';
import { expect, it } from 'vitest';
import { updateTeacher } from './ema-teacher.js';

const specs: ParameterSpec[] = [{ name: 'w', shape: [2], layout: 'same' }];

function pair(teacherValues: number[], studentValues: number[]): [teacher: Parameters, student: Parameters] {
  return [teacherValues, studentValues].map(values => {
    const parameters = new Parameters(specs);
    parameters.load(new Map([['w', { shape: [2], data: Float32Array.from(values) }]]));
    return parameters;
  }) as [Parameters, Parameters];
}

it.each([
  [0, [10, 20]],
  [0.5, [5, 8]],
  [0.75, [2.5, 2]],
  [1, [0, -4]],
])('keeps the share %d of the teacher', (momentum, expected) => {
  const [teacher, student] = pair([0, -4], [10, 20]);
  const before = tf.memory().numTensors;
  updateTeacher(teacher, student, momentum);
  expect(tf.memory().numTensors).toBe(before);
  expect([...teacher.get('w').dataSync()]).toEqual(expected);
  expect([...student.get('w').dataSync()]).toEqual([10, 20]);
});

it('copies: the teacher does not move with the student afterwards', () => {
  const [teacher, student] = pair([0, 0], [1, 2]);
  updateTeacher(teacher, student, 0);
  student.get('w').assign(tf.tensor1d([7, 7]));
  expect([...teacher.get('w').dataSync()]).toEqual([1, 2]);
  student.dispose();
  expect([...teacher.get('w').dataSync()]).toEqual([1, 2]);
});

it('approaches a student that stands still', () => {
  const [teacher, student] = pair([0, 0], [1, -1]);
  for (let step = 0; step < 20; step++) updateTeacher(teacher, student, 0.9);
  expect(teacher.get('w').dataSync()[0]).toBeCloseTo(1 - 0.9 ** 20, 5);
});

it('refuses a momentum out of range and another model, changing nothing', () => {
  const [teacher, student] = pair([1, 2], [3, 4]);
  for (const momentum of [-0.1, 1.1, Number.NaN])
    expect(() => updateTeacher(teacher, student, momentum)).toThrow(`momentum must lie in [0, 1], got ${momentum}`);
  const other = new Parameters([...specs, { name: 'v', shape: [1], layout: 'same' }]);
  expect(() => updateTeacher(teacher, other, 0.5)).toThrow(/there is no parameter v/);
  expect([...teacher.get('w').dataSync()]).toEqual([1, 2]);
});
