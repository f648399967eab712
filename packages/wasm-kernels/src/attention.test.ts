import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, expect, it } from 'vitest';
import { expectClose, expectNothingLeft, run, waveTensor } from './test/reference.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm', threads: 2 });
});

interface Case {
  batch: number;
  heads: number;
  n: number;
  m: number;
  d: number;
  masked?: boolean;
}

function inputsOf({ batch, heads, n, m, d, masked }: Case) {
  const hidden =
    masked && tf.tensor2d(Array.from({ length: batch }, (_, b) => Array.from({ length: m }, (_, j) => ((b + j) % 3 === 0 ? 1 : 0))));
  const [q, k, v, dy] = [
    waveTensor([batch, heads, n, d], 1),
    waveTensor([batch, heads, m, d], 2),
    waveTensor([batch, heads, m, d], 3),
    waveTensor([batch, heads, n, d], 4),
  ];
  return { q, k, v, dy, ...(hidden && { hidden }) };
}

/** Values and gradients in double precision. */
function reference({ batch, heads, n, m, d }: Case, inputs: Record<string, tf.Tensor>, scale: number) {
  const [q, k, v, dy] = ['q', 'k', 'v', 'dy'].map(name => inputs[name]!.dataSync()) as [
    tf.TypedArray,
    tf.TypedArray,
    tf.TypedArray,
    tf.TypedArray,
  ];
  const hidden = inputs.hidden?.dataSync();
  const [out, dq, dk, dv] = [n, n, m, m].map(rows => new Float64Array(batch * heads * rows * d)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let item = 0; item < batch * heads; item++) {
    const [qAt, kAt] = [item * n * d, item * m * d];
    for (let i = 0; i < n; i++) {
      const logits = Array.from({ length: m }, (_, j) => {
        if (hidden?.[Math.floor(item / heads) * m + j]) return -Infinity;
        return scale * Array.from({ length: d }, (_, c) => q[qAt + i * d + c]! * k[kAt + j * d + c]!).reduce((s, x) => s + x);
      });
      const largest = Math.max(...logits);
      const e = logits.map(x => Math.exp(x - largest));
      const total = e.reduce((s, x) => s + x);
      const weights = e.map(x => x / total);
      const ofWeights = weights.map((_, j) =>
        Array.from({ length: d }, (_, c) => dy[qAt + i * d + c]! * v[kAt + j * d + c]!).reduce((s, x) => s + x),
      );
      const mean = weights.reduce((s, w, j) => s + w * ofWeights[j]!, 0);
      for (let j = 0; j < m; j++) {
        const ofLogit = scale * weights[j]! * (ofWeights[j]! - mean);
        for (let c = 0; c < d; c++) {
          out[qAt + i * d + c]! += weights[j]! * v[kAt + j * d + c]!;
          dv[kAt + j * d + c]! += weights[j]! * dy[qAt + i * d + c]!;
          dq[qAt + i * d + c]! += ofLogit * k[kAt + j * d + c]!;
          dk[kAt + j * d + c]! += ofLogit * q[qAt + i * d + c]!;
        }
      }
    }
  }
  return { out, gradients: [dq, dk, dv] };
}

it.each<Case>([
  { batch: 1, heads: 1, n: 1, m: 1, d: 1 },
  { batch: 1, heads: 1, n: 3, m: 5, d: 7 },
  { batch: 2, heads: 3, n: 49, m: 50, d: 8, masked: true },
  { batch: 1, heads: 2, n: 100, m: 33, d: 16 },
  { batch: 3, heads: 1, n: 7, m: 17, d: 64, masked: true },
])('%j', sizes => {
  const inputs = inputsOf(sizes);
  const scale = 1.7;
  const { out, gradients } = reference(sizes, inputs, scale);
  const { dy, ...forward } = inputs;
  expectClose(run('WsssAttention', forward, { scale })[0]!, out);
  run('WsssAttentionGrad', { ...inputs, dy }, { scale }).forEach((found, i) => {
    expectClose(found, gradients[i]!);
  });
});

it('averages all values where every key is hidden', () => {
  const { q, k, v } = inputsOf({ batch: 1, heads: 1, n: 2, m: 4, d: 2 });
  const found = run('WsssAttention', { q, k, v, hidden: tf.ones([1, 4]) }, { scale: 1 })[0]!;
  const mean = tf.mean(v, 2).dataSync();
  expectClose(found, [...mean, ...mean]);
});

it('leaves nothing behind, in the heap neither', () => {
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  const inputs = inputsOf({ batch: 2, heads: 3, n: 70, m: 70, d: 16, masked: true });
  const { dy: _, ...forward } = inputs;
  for (let i = 0; i < 200; i++) {
    expectNothingLeft(() => run('WsssAttention', forward, { scale: 1 }));
    expectNothingLeft(() => run('WsssAttentionGrad', inputs, { scale: 1 }));
  }
  expect(wasm.HEAPU8.length).toBeLessThan(64 * 2 ** 20);
});
