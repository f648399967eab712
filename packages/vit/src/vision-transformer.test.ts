import * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '@wsss/ops';
import { type StateDict, torchShape } from '@wsss/weights';
import { afterAll, describe, expect, it } from 'vitest';
import { type EncodeOptions, VisionTransformer, visionTransformerParameters } from './vision-transformer.js';

const config = { imageSize: 8, patchSize: 2, embedSize: 8, depth: 4, heads: 2, mlpRatio: 2, epsilon: 1e-6, auxiliaryBlock: -3 };
const wave = (length: number, phase: number) => Float32Array.from({ length }, (_, i) => 0.4 * Math.sin(phase + 1.7 * i));

/** Weights large enough for tokens and patches to differ plainly. */
function state(): StateDict {
  return new Map(
    visionTransformerParameters(config).map((spec, k) => {
      const shape = torchShape(spec);
      return [spec.name, { shape, data: wave(tf.util.sizeFromShape(shape), k) }] as const;
    }),
  );
}

const vit = new VisionTransformer(config);
vit.load(state());
afterAll(() => vit.dispose());

// 7×9 pixels: patches fill 6×8 of them, a grid of 3×4 for a positional embedding of 4×4.
const images = tf.tensor4d(
  Float32Array.from({ length: 2 * 7 * 9 * 3 }, (_, i) => Math.sin(0.37 * i * i)),
  [2, 7, 9, 3],
);
const PATCHES = 12;

function expectClose(found: tf.Tensor, expected: tf.Tensor, what = ''): void {
  expect(found.shape, what).toEqual(expected.shape);
  const [a, b] = [found.dataSync(), expected.dataSync()];
  const largest = Math.max(1e-3, ...b.map(Math.abs));
  expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / largest, what).toBeLessThan(1e-4);
}

/** Σ cls · projection and its gradients with respect to every trained weight. */
function clsGradients(encode: () => tf.Tensor2D): { cls: tf.Tensor2D; grads: tf.NamedTensorMap } {
  let cls: tf.Tensor2D | undefined;
  const { value, grads } = tf.variableGrads(() => {
    cls = tf.keep(encode());
    return tf.sum(tf.mul(cls, tf.tensor(wave(cls.size, 3), cls.shape))) as tf.Scalar;
  }, [...vit.parameters.trainable().values()]);
  value.dispose();
  return { cls: cls!, grads };
}

function expectSameGradients(found: tf.NamedTensorMap, expected: tf.NamedTensorMap): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, gradient] of Object.entries(found)) expectClose(gradient, expected[name]!, name);
}

describe('encode', () => {
  it('gives tokens for every patch of images of any size', () => {
    const { cls, patches, auxiliary, grid } = vit.encode(images);
    expect(grid).toEqual([3, 4]);
    expect(cls.shape).toEqual([2, 8]);
    expect(patches.shape).toEqual([2, PATCHES, 8]);
    expect(auxiliary.shape).toEqual([2, PATCHES, 8]);
    expect(vit.encode(tf.ones([1, 2, 2, 3]) as tf.Tensor4D).grid).toEqual([1, 1]);
  });

  it('encodes every image of a batch on its own', () => {
    const { cls, patches, auxiliary } = vit.encode(images);
    const second = vit.encode(tf.slice(images, [1, 0, 0, 0], [1, -1, -1, -1]));
    expectClose(tf.slice(cls, [1, 0], [1, -1]), second.cls);
    expectClose(tf.slice(patches, [1, 0, 0], [1, -1, -1]), second.patches);
    expectClose(tf.slice(auxiliary, [1, 0, 0], [1, -1, -1]), second.auxiliary);
  });

  it('takes the auxiliary tokens from the block it is told, before the final norm', () => {
    const last = new VisionTransformer({ ...config, auxiliaryBlock: -1 });
    const second = new VisionTransformer({ ...config, auxiliaryBlock: 1 });
    for (const model of [last, second]) model.load(state());
    const { patches, auxiliary } = last.encode(images);
    expectClose(layerNorm(auxiliary, last.parameters.get('norm.weight'), last.parameters.get('norm.bias')), patches);
    expectClose(vit.encode(images).auxiliary, second.encode(images).auxiliary); // −3 of 4 blocks is block 1
    last.dispose();
    second.dispose();
  });

  it('lets no hidden patch reach the CLS token', () => {
    const hidden = tf.tensor2d([Array(PATCHES).fill(0), [...Array(11).fill(0), 1]]);
    const values = images.dataSync().slice();
    for (const row of [4, 5]) for (const column of [6, 7]) values[((7 + row) * 9 + column) * 3] = 5; // patch 11 of image 1
    const repainted = tf.tensor4d(values, images.shape);
    expect(vit.encode(repainted, { hidden }).cls.arraySync()).toEqual(vit.encode(images, { hidden }).cls.arraySync());
    expect(vit.encode(repainted).cls.arraySync()).not.toEqual(vit.encode(images).cls.arraySync());
  });
});

describe('encode of visible patches', () => {
  // Rows of any image in any order; one without a visible patch, one with all of them.
  const rows: { image: number; visible: number[] }[] = [
    { image: 0, visible: [0, 5, 7] },
    { image: 1, visible: [11] },
    { image: 0, visible: [] },
    { image: 1, visible: Array.from({ length: PATCHES }, (_, i) => i) },
    { image: 0, visible: [4, 3] },
  ];
  const visible = {
    patches: tf.tensor2d(
      rows.map(row => Array.from({ length: PATCHES }, (_, i) => row.image * PATCHES + (row.visible[i] ?? 0))),
      [5, PATCHES],
      'int32',
    ),
    padding: tf.tensor2d(rows.map(row => Array.from({ length: PATCHES }, (_, i) => (i < row.visible.length ? 0 : 1)))),
  };
  const hidden = tf.tensor2d(rows.map(row => Array.from({ length: PATCHES }, (_, i) => (row.visible.includes(i) ? 0 : 1))));
  const repeated = tf.gather(
    images,
    rows.map(row => row.image),
  );

  it('gives the CLS token that hiding the others gives, and its gradients', () => {
    const few = clsGradients(() => vit.encode(images, { visible }).cls);
    const all = clsGradients(() => vit.encode(repeated, { hidden }).cls);
    expectClose(few.cls, all.cls);
    expectSameGradients(few.grads, all.grads);
  });

  it('gives the patch tokens of the patches it is given', () => {
    const { patches, auxiliary, grid } = vit.encode(images, { visible });
    const full = vit.encode(images);
    expect(grid).toEqual([3, 4]);
    expectClose(tf.slice(patches, [3, 0, 0], [1, -1, -1]), tf.slice(full.patches, [1, 0, 0], [1, -1, -1]));
    expectClose(tf.slice(auxiliary, [3, 0, 0], [1, -1, -1]), tf.slice(full.auxiliary, [1, 0, 0], [1, -1, -1]));
  });

  it('does not depend on the image where no patch is visible', () => {
    const row = (pictures: tf.Tensor4D) => tf.slice(vit.encode(pictures, { visible }).cls, [2, 0], [1, -1]).arraySync();
    expect(row(tf.neg(images))).toEqual(row(images));
  });
});

describe('recompute', () => {
  const options: Record<string, EncodeOptions> = {
    'of whole images': {},
    'with hidden patches': { hidden: tf.tensor2d([0, 1].map(image => Array.from({ length: PATCHES }, (_, i) => (i + image) % 2))) },
    'of visible patches': {
      visible: { patches: tf.tensor2d([[3, 8, 20]], [1, 3], 'int32'), padding: tf.tensor2d([[0, 0, 1]]) },
    },
  };
  it.each(Object.entries(options))('equals the plain computation %s', (_, given) => {
    const loss = (recompute: boolean) =>
      clsGradients(() => {
        const { cls, patches, auxiliary } = vit.encode(images, { ...given, recompute });
        return tf.concat2d([cls, tf.sum(patches, 1), tf.mean(auxiliary, 1)] as tf.Tensor2D[], 1);
      });
    const [plain, again] = [loss(false), loss(true)];
    expect(again.cls.arraySync()).toEqual(plain.cls.arraySync());
    expectSameGradients(again.grads, plain.grads);
  });
});

it('leaves three tensors behind, and gradients leave nothing more', () => {
  const visible = { patches: tf.tensor2d([[0, 1]], [1, 2], 'int32'), padding: tf.zeros([1, 2]) as tf.Tensor2D };
  const hidden = tf.zeros([2, PATCHES]) as tf.Tensor2D;
  const before = tf.memory().numTensors;
  for (const options of [{}, { hidden }, { visible }, { hidden, recompute: true }, { visible, recompute: true }]) {
    const { cls, patches, auxiliary } = vit.encode(images, options);
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose([cls, patches, auxiliary]);
    tf.dispose(clsGradients(() => vit.encode(images, options).cls));
    expect(tf.memory().numTensors).toBe(before);
  }
});

describe('weights', () => {
  it('come from the seeded source alone, and go when disposed of', () => {
    const seeded = () => {
      let seed = 7;
      return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    };
    const before = tf.memory().numTensors;
    const [a, b] = [new VisionTransformer(config, seeded()), new VisionTransformer(config, seeded())];
    tf.tidy(() => {
      expect(a.encode(images).cls.arraySync()).toEqual(b.encode(images).cls.arraySync());
    });
    expect(a.parameters.size).toBe(visionTransformerParameters(config).reduce((sum, spec) => sum + tf.util.sizeFromShape(spec.shape), 0));
    a.dispose();
    b.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('may come with a classification head, which is left out', () => {
    const model = new VisionTransformer(config);
    const withHead = state().set('head.weight', { shape: [10, 8], data: new Float32Array(80) });
    model.load(withHead);
    expectClose(model.encode(images).cls, vit.encode(images).cls);
    expect(() => model.load(state().set('decoder.weight', { shape: [1], data: new Float32Array(1) }), { source: 'mae.pth' })).toThrow(
      /mae\.pth does not fit the model: 1 tensor not part of the model \(decoder\.weight\)/,
    );
    model.dispose();
  });
});

it('names what does not fit', () => {
  const pair = (shape: [number, number]) => tf.zeros(shape) as tf.Tensor2D;
  const numbers = tf.zeros([1, 3], 'int32') as tf.Tensor2D;
  expect(() => vit.encode(tf.zeros([7, 9, 3]) as unknown as tf.Tensor4D)).toThrow(/images must be \[B, H, W, 3\], got \[7,9,3\]/);
  expect(() => vit.encode(tf.zeros([1, 7, 9, 4]))).toThrow(/images must be \[B, H, W, 3\], got \[1,7,9,4\]/);
  expect(() => vit.encode(tf.zeros([1, 1, 9, 3]))).toThrow(/smaller than a patch of 2×2/);
  expect(() => vit.encode(images, { hidden: pair([2, 16]) })).toThrow(/hidden has shape \[2,16\], expected \[2, 12\]/);
  expect(() => vit.encode(images, { hidden: pair([2, PATCHES]), visible: { patches: numbers, padding: pair([1, 3]) } })).toThrow(
    /either hidden or visible/,
  );
  expect(() => vit.encode(images, { visible: { patches: numbers, padding: pair([3, 1]) } })).toThrow(
    /visible\.padding has shape \[3,1\], expected \[1,3\] like visible\.patches/,
  );
  expect(() => vit.encode(images, { visible: { patches: pair([1, 3]), padding: pair([1, 3]) } })).toThrow(
    /visible\.patches must be int32 \[R, V\], got float32 \[1,3\]/,
  );
  expect(() => new VisionTransformer({ ...config, heads: 3 })).toThrow(/embedSize 8 is not a multiple of heads 3/);
});

it('starts the patch embedding like a convolution of PyTorch: weights and biases uniform in ±1/√(3·P²)', () => {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const encoder = new VisionTransformer({ imageSize: 16, patchSize: 16, embedSize: 768, depth: 1, heads: 1, auxiliaryBlock: 0 }, random);
  const bound = 1 / Math.sqrt(3 * 16 * 16);
  for (const [name, tolerance] of [
    ['patch_embed.proj.weight', 0.01],
    ['patch_embed.proj.bias', 0.1],
  ] as const) {
    const values = encoder.parameters.get(name).dataSync<'float32'>();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean) / bound, name).toBeLessThan(tolerance);
    expect(Math.abs(deviation / (bound / Math.sqrt(3)) - 1), name).toBeLessThan(tolerance);
    expect(Math.max(...values.slice(0, 10_000).map(Math.abs)), name).toBeLessThanOrEqual(Math.fround(bound));
  }
  encoder.dispose();
});
