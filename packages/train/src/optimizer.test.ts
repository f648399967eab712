import * as tf from '@tensorflow/tfjs-core';
import { readCase } from '@wsss/fixtures';
import { parseSafetensors, serializeSafetensors } from '@wsss/weights';
import { afterEach, describe, expect, it } from 'vitest';
import { AdamW } from './adamw.js';
import type { Optimizer, Rate } from './optimizer.js';
import { cosineWarmup, polynomial, polyWarmup } from './schedules.js';
import { SGD } from './sgd.js';

const variables: tf.Variable[] = [];
function variable(values: number[]): tf.Variable {
  const created = tf.tidy(() => tf.variable(tf.tensor1d(values)));
  variables.push(created);
  return created;
}
afterEach(() => tf.dispose(variables.splice(0)));

function step(optimizer: Optimizer, gradients: [tf.Variable, number[]][], rate?: Rate): void {
  tf.tidy(() => optimizer.step(Object.fromEntries(gradients.map(([v, values]) => [v.name, tf.tensor1d(values)])), rate));
}

const isNative = tf.getBackend() === 'tensorflow';

describe('AdamW', () => {
  it.skipIf(!isNative)(`makes its moments outside of the host's memory${isNative ? '' : ' (skipped: WSSS_ENGINE=native)'}`, () => {
    const x = tf.tidy(() => tf.variable(tf.fill([2 ** 22], 1)));
    variables.push(x);
    const before = process.memoryUsage().arrayBuffers;
    const optimizer = new AdamW([{ name: 'all', variables: [x], learningRate: 0.1 }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 22); // a moment has 2 ** 24 bytes
    optimizer.dispose();
  });

  it('moves by the rate in its first step, after the decay', async () => {
    const x = variable([1, -2]);
    const optimizer = new AdamW([{ name: 'all', variables: [x], learningRate: 0.1, weightDecay: 0.5 }]);
    step(optimizer, [[x, [3, -0.01]]]);
    // m/(1 − β₁) = g and √(v/(1 − β₂)) = |g|, so the step is rate·sign(g)
    expect((await x.data())[0]).toBeCloseTo(1 * (1 - 0.05) - 0.1, 6);
    expect((await x.data())[1]).toBeCloseTo(-2 * (1 - 0.05) + 0.1, 6);
    optimizer.dispose();
  });

  it('leaves a parameter without a gradient alone, and corrects its bias by its own steps', async () => {
    const early = variable([1]);
    const late = variable([1]);
    const optimizer = new AdamW([{ name: 'all', variables: [early, late], learningRate: 0.1 }], { weightDecay: 0 });
    for (let i = 0; i < 5; i++) step(optimizer, [[early, [1]]]);
    expect((await late.data())[0]).toBe(1);
    step(optimizer, [
      [early, [1]],
      [late, [1]],
    ]);
    expect((await late.data())[0]).toBeCloseTo(0.9, 6);
    optimizer.dispose();
  });

  it('multiplies the rate of each group by the factor, or asks a function', async () => {
    const slow = variable([0]);
    const fast = variable([0]);
    const optimizer = new AdamW([
      { name: 'slow', variables: [slow], learningRate: 0.01 },
      { name: 'fast', variables: [fast], learningRate: 0.1 },
    ]);
    step(optimizer, [[slow, [1]], [fast, [1]]], 0.5); // biome-ignore format: one line
    expect((await slow.data())[0]).toBeCloseTo(-0.005, 6);
    expect((await fast.data())[0]).toBeCloseTo(-0.05, 6);
    optimizer.dispose();
    const other = new AdamW([{ name: 'all', variables: [fast], learningRate: 0.1, weightDecay: 0 }]);
    step(other, [[fast, [1]]], rate => rate + 0.1);
    expect((await fast.data())[0]).toBeCloseTo(-0.05 - 0.2, 6);
    other.dispose();
  });

  it('refuses numbers outside their range', () => {
    const groups = [{ name: 'all', variables: [variable([1])], learningRate: 0.1 }];
    expect(() => new AdamW(groups, { beta1: 1 })).toThrow('beta1 is 1');
    expect(() => new AdamW(groups, { epsilon: -1 })).toThrow('epsilon -1');
    expect(() => new AdamW(groups, { weightDecay: -1 })).toThrow("group 'all' has learningRate 0.1 and weightDecay -1");
  });
});

describe('SGD', () => {
  it('gathers momentum', async () => {
    const x = variable([1]);
    const optimizer = new SGD([{ name: 'all', variables: [x], learningRate: 0.1, weightDecay: 0.5 }], { momentum: 0.5 });
    step(optimizer, [[x, [1]]]); // b = 1 + 0.5
    expect((await x.data())[0]).toBeCloseTo(0.85, 6);
    step(optimizer, [[x, [1]]]); // b = 0.75 + 1 + 0.425
    expect((await x.data())[0]).toBeCloseTo(0.85 - 0.2175, 6);
    optimizer.dispose();
    expect(() => new SGD([], { momentum: 1 })).toThrow('momentum is 1');
  });
});

describe('recorded numbers', () => {
  const { settings, tensors, tolerance } = readCase('optimizers');
  const { iterations, warmupIterations } = { iterations: settings.max_iter, warmupIterations: settings.warmup_iter };
  const poly = polyWarmup({ iterations, warmupIterations });
  const cosine = cosineWarmup({ iterations, warmupIterations });
  const twoDecays = polynomial({ iterations, warmupIterations });
  type Groups = ConstructorParameters<typeof AdamW>[0];
  const adamW = (groups: Groups) => new AdamW(groups, { weightDecay: settings.weight_decay });
  const sgd = (groups: Groups) => new SGD(groups, { momentum: settings.sgd_momentum, weightDecay: settings.weight_decay });

  it.each<[string, (groups: Groups) => Optimizer, (step: number) => Rate]>([
    ['poly_adamw', adamW, poly],
    ['cos_adamw', adamW, t => rate => cosine(t, rate)],
    ['poly_sgd', sgd, twoDecays],
  ])('%s: all 14 steps agree', async (name, create, schedule) => {
    const parameters = ['param0', 'param1'].map(key => {
      const { shape, data } = tensors.get(key)!;
      return tf.tidy(() => tf.variable(tf.tensor(data, shape)));
    });
    variables.push(...parameters);
    const optimizer = create(
      parameters.map((parameter, i) => ({ name: `group ${i}`, variables: [parameter], learningRate: settings.group_lrs[i] })),
    );
    const worst = [0, 0];
    for (let t = 0; t < 14; t++) {
      const slice = (key: string, i: number) => {
        const { size } = parameters[i]!;
        return tensors.get(key)!.data.slice(t * size, (t + 1) * size);
      };
      tf.tidy(() => {
        const gradients = parameters.map((parameter, i) => [parameter.name, tf.tensor(slice(`grads${i}`, i), parameter.shape)]);
        optimizer.step(Object.fromEntries(gradients), schedule(t));
      });
      for (const [i, parameter] of parameters.entries()) {
        const expected = slice(`${name}.param${i}_after`, i);
        (await parameter.data()).forEach((value, j) => {
          worst[i] = Math.max(worst[i]!, Math.abs(value - expected[j]!));
        });
      }
    }
    worst.forEach((error, i) => {
      expect(error).toBeLessThan(tolerance[`${name}.param${i}_after`]!.suggest_atol!);
    });
    optimizer.dispose();
  });
});

describe('every optimizer', () => {
  const create = (groups: ConstructorParameters<typeof AdamW>[0]) => new AdamW(groups);

  it('goes on from its saved state exactly as it would have', async () => {
    const [x, y] = [variable([1, 2, 3]), variable([4])];
    const groups = (a: tf.Variable, b: tf.Variable) => [
      { name: 'first', variables: new Map([['blocks.0.weight', a]]), learningRate: 0.1 },
      { name: 'second', variables: new Map([['head.weight', b]]), learningRate: 0.2 },
    ];
    const optimizer = create(groups(x, y));
    step(optimizer, [[x, [1, -1, 0.5]]]);
    step(optimizer, [[x, [2, 1, 0.5]], [y, [1]]]); // biome-ignore format: one line
    const state = parseSafetensors(serializeSafetensors(await optimizer.state())).tensors;
    expect([...state.keys()]).toEqual([
      'blocks.0.weight.exp_avg',
      'blocks.0.weight.exp_avg_sq',
      'head.weight.exp_avg',
      'head.weight.exp_avg_sq',
      'blocks.0.weight.step',
      'head.weight.step',
    ]);
    expect(Array.from(state.get('blocks.0.weight.step')!.data)).toEqual([2]);

    const [x2, y2] = [variable(Array.from(await x.data())), variable(Array.from(await y.data()))];
    const resumed = create(groups(x2, y2));
    resumed.load(state);
    for (const [o, a, b] of [[optimizer, x, y], [resumed, x2, y2]] as const) step(o, [[a, [1, 1, 1]], [b, [-1]]]); // biome-ignore format: one line
    expect(await x2.data()).toEqual(await x.data());
    expect(await y2.data()).toEqual(await y.data());
    optimizer.dispose();
    resumed.dispose();
  });

  it('leaves nothing behind', async () => {
    const x = variable([1, 2]);
    const before = tf.memory().numTensors;
    const optimizer = create([{ name: 'all', variables: [x], learningRate: 0.1 }]);
    const withSlots = tf.memory().numTensors;
    expect(withSlots).toBe(before + 2);
    for (let i = 0; i < 3; i++) step(optimizer, [[x, [1, 1]]]);
    optimizer.load(await optimizer.state());
    expect(tf.memory().numTensors).toBe(withSlots);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('steps in two halves as in one', async () => {
    const [x, y] = [variable([1, 2]), variable([1, 2])];
    const [whole, halves] = [x, y].map(v => create([{ name: 'all', variables: [v], learningRate: 0.1 }]));
    step(whole!, [[x, [1, 2]]], 0.5);
    const inputs = halves!.nextStep(0.5);
    tf.tidy(() => halves!.applyGradients({ [y.name]: tf.tensor1d([1, 2]) }, inputs));
    tf.dispose(inputs);
    expect(await y.data()).toEqual(await x.data());
    whole!.dispose();
    halves!.dispose();
  });

  it('refuses what does not fit, and changes nothing', async () => {
    const [x, stranger] = [variable([1, 2]), variable([1])];
    const optimizer = create([{ name: 'all', variables: new Map([['x', x]]), learningRate: 0.1 }]);
    expect(() => step(optimizer, [[x, [1, 1]], [stranger, [1]]])).toThrow(`gradient for '${stranger.name}', which is in no parameter group`); // biome-ignore format: one line
    expect(() => step(optimizer, [[x, [1]]])).toThrow('has shape [1], the variable [2]');
    expect(Array.from(await x.data())).toEqual([1, 2]);
    expect((await optimizer.state()).get('x.step')!.data[0]).toBe(0);
    expect(() => optimizer.load(new Map())).toThrow("the state has no 'x.exp_avg'");
    const wrong = new Map(await optimizer.state()).set('x.exp_avg_sq', { shape: [3], data: new Float32Array(3) });
    expect(() => optimizer.load(wrong)).toThrow("'x.exp_avg_sq' has shape [3] in the state, expected [2]");
    optimizer.dispose();
    expect(() => create([])).toThrow('hold no variable');
    expect(() => create([{ name: 'all', variables: [x, x], learningRate: 0.1 }])).toThrow('is in the parameter groups twice');
    expect(() => create([{ name: 'all', variables: [x], learningRate: Number.NaN }])).toThrow("group 'all' has learningRate NaN");
  });
});
