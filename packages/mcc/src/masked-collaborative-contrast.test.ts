import * as tf from '@tensorflow/tfjs-core';
import { classTokenContrastLoss } from '@wsss/losses';
import { afterAll, describe, expect, it } from 'vitest';
import { drawKeyMasks, patchImportance, viewFlags } from './key-masks.js';
import { encoderFromAttentionMask, type MaskableEncoder } from './maskable-encoder.js';
import { MaskedCollaborativeContrast } from './masked-collaborative-contrast.js';
import { keyMaskTensors } from './visible-patches.js';

const seeded = (seed = 1) => {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
};

const SIZE = 4;
const weight = tf.variable(tf.randomUniform([3, SIZE], -1, 1, 'float32', 5), true, 'encoder.weight');
const token = tf.variable(tf.tensor2d([[0.1, -0.2, 0.3, 0.4]]), true, 'encoder.token');

/** The simplest encoder there is: patches are pixels, the CLS token is a learned one plus the sum of the visible patches' linear maps. */
const encoder: MaskableEncoder = {
  encode(images, { visible } = {}) {
    const [batch, rows, columns] = images.shape;
    const embedded = tf.matMul(tf.reshape(images, [-1, 3]), weight as tf.Tensor2D);
    if (!visible) return { cls: tf.add(tf.sum(tf.reshape(embedded, [batch, rows * columns, SIZE]), 1), token) as tf.Tensor2D };
    const tokens = tf.mul(tf.gather(embedded, visible.patches), tf.expandDims(tf.sub(1, visible.padding), 2));
    return { cls: tf.add(tf.sum(tokens, 1), token) as tf.Tensor2D };
  },
};

const config = { inputSize: SIZE, hiddenSize: 6, bottleneckSize: 3, outputSize: 5 };
const mcc = new MaskedCollaborativeContrast(config, seeded());
afterAll(() => mcc.dispose());

const BATCH = 2;
const image = (seed: number) => tf.randomUniform([BATCH, 4, 6, 3], -1, 1, 'float32', seed) as tf.Tensor4D;
const [view1, view2, local] = [image(1), image(2), image(3)];
const cam = tf.randomUniform([BATCH, 8, 12, 2], 0, 1, 'float32', 4) as tf.Tensor4D;
const masks = drawKeyMasks(seeded(2), BATCH, [4, 6], { count: 3, ratio: 0.7, cell: 2 });

/** A whole step made of its parts. */
function step(): tf.Scalar {
  return tf.tidy(() => {
    const importance = patchImportance(cam, tf.tensor2d([1, 0, 1, 1], [BATCH, 2]), masks.grid, { low: 0.25, high: 0.7 });
    const flags = viewFlags(importance, tf.tensor4d(Float32Array.from(masks.hidden), [masks.count, BATCH, ...masks.grid]));
    const globalTokens = encoder.encode(tf.concat([view1, view2], 0)).cls;
    const localTokens = mcc.encodeLocalViews(encoder, local, keyMaskTensors(masks));
    return mcc.loss({ globalTokens, localTokens, flags });
  });
}

describe('encodeLocalViews', () => {
  it('gives each view what the visible part of its image gives', () => {
    const found = mcc.encodeLocalViews(encoder, local, keyMaskTensors(masks));
    expect(found.shape).toEqual([3 * BATCH, SIZE]);
    const hidden = tf.tensor4d(Float32Array.from(masks.hidden), [3, BATCH, 4, 6]);
    const erased = tf.mul(tf.expandDims(local, 0), tf.expandDims(tf.sub(1, hidden), 4));
    const expected = encoder.encode(tf.reshape(erased, [3 * BATCH, 4, 6, 3])).cls.dataSync();
    found.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });

  it('disposes of what else the encoder gives', () => {
    const generous: MaskableEncoder = { encode: (...given) => ({ ...encoder.encode(...given), patches: tf.ones([3]) }) };
    const visible = keyMaskTensors(masks);
    const before = tf.memory().numTensors;
    mcc.encodeLocalViews(generous, local, visible).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('loss', () => {
  it('contrasts the student on all views with the teacher on the global ones', () => {
    const globalTokens = tf.tensor2d([0.2, 0.4, -0.1, 0.9, 0.5, -0.3, 0.8, 0.1], [2, SIZE]);
    const localTokens = tf.tensor2d([-0.4, 0.6, 0.3, 0.2], [1, SIZE]);
    const flags = tf.tensor2d([[1, 1, 0]]);
    const { student, teacher } = mcc.project(globalTokens, localTokens);
    expect([student.shape, teacher.shape]).toEqual([
      [3, 5],
      [2, 5],
    ]);
    expect(tf.slice(student, [0, 0], [2, 5]).arraySync()).toEqual(teacher.arraySync()); // before any update they are the same
    expect(mcc.loss({ globalTokens, localTokens, flags }).arraySync()).toBe(classTokenContrastLoss(student, teacher, flags).arraySync());
  });

  it('sends gradients to the encoder and the student, not to the teacher', () => {
    const all = [weight, token, ...mcc.student.parameters.trainable().values(), ...mcc.teacher.parameters.trainable().values()];
    const { grads } = tf.variableGrads(step, all);
    const reached = all.filter(variable => grads[variable.name]).map(variable => variable.name);
    expect(reached).toEqual([weight, token, ...mcc.student.parameters.trainable().values()].map(variable => variable.name));
    for (const name of reached) expect(Math.max(...grads[name]!.dataSync().map(Math.abs)), name).toBeGreaterThan(0);
  });

  it('falls when the gradients are followed', () => {
    const trained = new MaskedCollaborativeContrast(config, seeded());
    const flags = tf.tensor2d([[1, 1, 0]]);
    const globalTokens = tf.tensor2d([0.2, 0.4, -0.1, 0.9, 0.5, -0.3, 0.8, 0.1], [2, SIZE]);
    const localTokens = tf.tensor2d([-0.4, 0.6, 0.3, 0.2], [1, SIZE]);
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const variables = [...trained.student.parameters.trainable().values()];
      const { value, grads } = tf.variableGrads(() => trained.loss({ globalTokens, localTokens, flags }), variables);
      losses.push(value.dataSync()[0]!);
      for (const variable of variables) variable.assign(tf.sub(variable, tf.mul(grads[variable.name]!, 0.1)));
    }
    for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]!);
    trained.dispose();
  });
});

const labels = tf.tensor2d([1, 0, 1, 1], [BATCH, 2]);
const options = { ...config, patchSize: 1, masks: { count: 3, ratio: 0.7, cell: 2 } };
const inputs = (own = encoder) => ({ encoder: own, views: { global: [view1, view2] as const, local }, cam, labels, rng: seeded(2) });

describe('step', () => {
  it('is its parts put together: masks, flags, local views, projector, loss', () => {
    const own = new MaskedCollaborativeContrast(options, seeded());
    const { loss, masks: drawn, flags, diagnostics } = own.step({ ...inputs(), moveTeacher: false });
    expect(drawn).toEqual(masks);
    expect(loss.dataSync()[0]).toBeCloseTo(step().dataSync()[0]!, 6);
    const importance = patchImportance(cam, labels, masks.grid, { low: 0.25, high: 0.7 });
    expect(flags.arraySync()).toEqual(viewFlags(importance, keyMaskTensors(masks).hidden).arraySync());
    const ofLocal = flags.arraySync().flatMap(row => row.slice(2));
    expect(diagnostics.positiveViews.dataSync()[0]).toBeCloseTo(ofLocal.reduce((sum, flag) => sum + flag, 0) / 6, 6);
    const visible = Array.from({ length: 6 }, (_, view) => masks.hidden.subarray(24 * view, 24 * (view + 1)).filter(h => !h).length);
    expect(diagnostics.visiblePatches).toBeCloseTo(visible.reduce((sum, n) => sum + n, 0) / 6, 6);
    expect(diagnostics.emptyViews).toBeCloseTo(visible.filter(n => n === 0).length / 6, 6);
    own.dispose();
  });

  it('takes summaries of the global views that are known already', () => {
    const own = new MaskedCollaborativeContrast(options, seeded());
    const globalTokens = encoder.encode(tf.concat([view1, view2], 0)).cls;
    const known = own.step({ ...inputs(), views: { globalTokens, local }, moveTeacher: false });
    expect(known.loss.arraySync()).toBe(own.step({ ...inputs(), moveTeacher: false }).loss.arraySync());
    own.dispose();
  });

  it('moves the teacher once, before it contrasts', () => {
    const own = new MaskedCollaborativeContrast({ ...options, momentum: 0.5 }, seeded());
    own.student.parameters.get('mlp.0.bias').assign(tf.fill([6], 2));
    own.step(inputs());
    expect([...own.teacher.parameters.get('mlp.0.bias').dataSync()]).toEqual(Array(6).fill(1));
    tf.variableGrads(() => own.step({ ...inputs(), moveTeacher: false }).loss, [weight]);
    expect([...own.teacher.parameters.get('mlp.0.bias').dataSync()]).toEqual(Array(6).fill(1));
    own.dispose();
  });

  it('sends gradients to encoder and student where it is called', () => {
    const own = new MaskedCollaborativeContrast(options, seeded());
    const { grads } = tf.variableGrads(() => own.step(inputs()).loss, [weight, token, ...own.trainable().values()]);
    for (const [name, gradient] of Object.entries(grads)) expect(Math.max(...gradient.dataSync().map(Math.abs)), name).toBeGreaterThan(0);
    expect(Object.keys(grads).length).toBe(2 + own.trainable().size);
    own.dispose();
  });

  it('leaves four tensors behind, and with gradients nothing', () => {
    const own = new MaskedCollaborativeContrast(options, seeded());
    const before = tf.memory().numTensors;
    const { loss, flags, diagnostics } = own.step(inputs());
    expect(tf.memory().numTensors).toBe(before + 4);
    tf.dispose([loss, flags, diagnostics.positiveViews, diagnostics.chance]);
    tf.dispose(tf.variableGrads(() => own.step(inputs()).loss, [weight]));
    expect(tf.memory().numTensors).toBe(before);
    own.dispose();
  });

  it('says what it needs', () => {
    expect(() => mcc.step(inputs())).toThrow('give the constructor the patchSize of the encoder');
  });
});

describe('encoderFromAttentionMask', () => {
  it('gives what the visible patches alone give, empty views included', () => {
    const whole = encoderFromAttentionMask(
      {
        encode: (images, { hidden } = {}) => {
          const [batch, rows, columns] = images.shape;
          const shown = hidden ? tf.sub(1, hidden) : tf.ones([batch, rows * columns]);
          const embedded = tf.reshape(tf.matMul(tf.reshape(images, [-1, 3]), weight as tf.Tensor2D), [batch, rows * columns, SIZE]);
          return { cls: tf.add(tf.sum(tf.mul(embedded, tf.expandDims(shown, 2)), 1), token) as tf.Tensor2D };
        },
      },
      1,
    );
    const hidden = masks.hidden.slice().fill(1, 0, 24); // the first view sees nothing
    const visible = keyMaskTensors({ ...masks, hidden }, 5);
    const before = tf.memory().numTensors;
    const found = mcc.encodeLocalViews(whole, local, visible);
    expect(tf.memory().numTensors).toBe(before + 1);
    const expected = mcc.encodeLocalViews(encoder, local, visible).dataSync();
    found.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
    expect(whole.encode(view1).cls.shape).toEqual([BATCH, SIZE]);
  });
});

describe('teacher', () => {
  it('starts as a copy of the student and follows it by the momentum', () => {
    const own = new MaskedCollaborativeContrast({ ...config, momentum: 0.75 }, seeded());
    const [student, teacher] = [own.student, own.teacher].map(p => p.parameters.get('mlp.0.bias')) as [tf.Variable, tf.Variable];
    for (const [name, variable] of own.student.parameters.entries())
      expect(own.teacher.parameters.get(name).arraySync()).toEqual(variable.arraySync());
    student.assign(tf.fill(student.shape, 4));
    own.updateTeacher();
    expect([...teacher.dataSync()]).toEqual(Array(6).fill(1));
    own.dispose();
  });

  it('has a momentum of 0.9 unless told, undefined included', () => {
    const own = new MaskedCollaborativeContrast({ ...config, momentum: undefined, temperature: undefined });
    expect(own.config).toEqual({ ...config, momentum: 0.9, temperature: 0.5, epsilon: 1e-4, low: 0.25, high: 0.7, positiveRatio: 0.2 });
    own.updateTeacher();
    own.dispose();
  });
});

it('leaves one tensor behind, gradients nothing more, and nothing when disposed of', () => {
  const empty = tf.memory().numTensors;
  const own = new MaskedCollaborativeContrast(config, seeded());
  own.dispose();
  expect(tf.memory().numTensors).toBe(empty);
  const before = tf.memory().numTensors;
  step().dispose();
  tf.dispose(tf.variableGrads(step, [weight]));
  mcc.updateTeacher();
  expect(tf.memory().numTensors).toBe(before);
});
