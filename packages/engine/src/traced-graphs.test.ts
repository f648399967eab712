import * as tf from '@tensorflow/tfjs-core';

import { expect, it } from 'vitest';
import type { EngineName } from './engine.js';
import { startEngine } from './start.js';
import { graphsByShape, TracedGraphs } from './traced-graphs.js';

const engine = await startEngine({ engine: (process.env.WSSS_ENGINE as EngineName | undefined) ?? 'wasm' });

it.each([true, false])('gives the values of the function for every shape (traced where it can be: %s), and keeps nothing', async traced => {
  const weight = tf.variable(tf.scalar(2));
  let calls = 0;
  const graphs = graphsByShape(
    (x: tf.Tensor4D) => {
      calls++;
      return tf.tidy(() => [tf.mul(x, weight), tf.sum(x)]);
    },
    traced ? engine : undefined,
    2,
  );
  const before = tf.memory().numTensors;
  for (const size of [1, 2, 3, 2, 1]) {
    const input = tf.ones<tf.Rank.R4>([1, size, 1, 1]);
    const [product, sum] = await graphs.run(input);
    expect([...(await product!.data())]).toEqual(new Array(size).fill(2));
    expect([...(await sum!.data())]).toEqual([size]);
    tf.dispose([input, product!, sum!]);
  }
  // 1, 2, 3 (1 is dropped), 2 again, 1 anew
  if (traced && engine.canTrace) expect(calls).toBe(4);
  graphs.dispose();
  expect(tf.memory().numTensors).toBe(before);
  weight.dispose();
});

it('keeps as many graphs as it may, and frees the one unused for longest', () => {
  const freed: string[] = [];
  const graphs = new TracedGraphs<{ dispose(): void }>(2);
  const use = (key: string) => graphs.get(key, () => ({ dispose: () => void freed.push(key) }));
  const first = use('a');
  use('b');
  expect(use('a')).toBe(first);
  use('c');
  expect(freed).toEqual(['b']);
  graphs.dispose();
  expect(freed).toEqual(['b', 'a', 'c']);
});
