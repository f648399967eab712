import * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from '@wsss/weights';

/**
 * Moves a teacher's parameters towards its student's by an exponential moving average: θ' ← m·θ' + (1 − m)·θ.
 *
 * @param momentum m in [0, 1]; 0 copies the student.
 * @throws Error when the momentum is out of range or the teacher lacks a parameter of the student (nothing is changed then).
 */
export function updateTeacher(teacher: Parameters, student: Parameters, momentum: number): void {
  if (!(momentum >= 0 && momentum <= 1)) throw new Error(`updateTeacher: momentum must lie in [0, 1], got ${momentum}`);
  tf.tidy(() => {
    const pairs = [...student.entries()].map(([name, variable]) => [teacher.get(name), variable] as const);
    for (const [own, variable] of pairs)
      own.assign(momentum === 0 ? tf.clone(variable) : tf.add(tf.mul(own, momentum), tf.mul(variable, 1 - momentum)));
  });
}
