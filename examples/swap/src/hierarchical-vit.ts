import * as tf from '@tensorflow/tfjs-core';
import { layerNorm, linear } from '@wsss/ops';
import { block, blockParameters, patchGrid, patchify } from '@wsss/vit';
import { type ParameterSpec, Parameters, type UniformSource } from '@wsss/weights';

const PATCH = 8;
const NARROW = 48;
const HEADS = 3;
const EPSILON = 1e-6;

/**
 * A transformer of another shape, without convolutions and without a class token: two blocks on patches of 8×8 pixels, then each 2×2
 * of them merged by a linear map, then two blocks of twice the width. What sums an image up is the mean of the tokens that it shows. It
 * takes an attention mask: a merged token is hidden if the patches that it is made of are.
 */
export class HierarchicalVit {
  readonly parameters: Parameters;
  readonly embedSize = 2 * NARROW;
  readonly patchSize = PATCH;

  constructor(random?: UniformSource) {
    const norm = (name: string, size: number): ParameterSpec[] => [
      { name: `${name}.weight`, shape: [size], layout: 'same', init: { kind: 'ones' } },
      { name: `${name}.bias`, shape: [size], layout: 'same' },
    ];
    const map = (name: string, from: number, to: number): ParameterSpec[] => [
      { name: `${name}.weight`, shape: [from, to], layout: 'linear', init: { kind: 'truncatedNormal', std: 1 / Math.sqrt(from) } },
      { name: `${name}.bias`, shape: [to], layout: 'same' },
    ];
    const blocks = (stage: string, size: number) =>
      [0, 1].flatMap(i => blockParameters(size, 4).map(spec => ({ ...spec, name: `${stage}.${i}.${spec.name}` })));
    this.parameters = new Parameters(
      [
        ...map('embed', PATCH * PATCH * 3, NARROW),
        ...blocks('fine', NARROW),
        ...map('merge', 4 * NARROW, 2 * NARROW),
        ...blocks('coarse', 2 * NARROW),
        ...norm('norm', 2 * NARROW),
      ],
      random,
      'hierarchical.',
    );
  }

  /**
   * @param images float32 [B, H, W, 3], sides multiples of 16.
   * @param options.hidden float32 [B, h·w]: 1 = patches that nothing attends to. Whole 2×2 groups, as key masks with cells of 2, 4 … give.
   * @returns `cls`: the mean of the visible tokens [B, 96]; `patches` [B, h/2·w/2, 96] and their grid.
   */
  encode(
    images: tf.Tensor4D,
    { hidden }: { hidden?: tf.Tensor2D } = {},
  ): { cls: tf.Tensor2D; patches: tf.Tensor3D; grid: [number, number] } {
    const weight = (name: string) => this.parameters.get(name);
    const [rows, columns] = patchGrid(images, PATCH);
    const grid: [number, number] = [rows / 2, columns / 2];
    const batch = images.shape[0];
    const run = (stage: string, tokens: tf.Tensor3D, mask?: tf.Tensor2D) =>
      [0, 1].reduce((x, i) => {
        const weights = blockParameters(x.shape[2], 4).map(({ name }) => weight(`${stage}.${i}.${name}`));
        return block(x, weights, { heads: HEADS, epsilon: EPSILON, hidden: mask });
      }, tokens);
    /** The four of each 2×2 group side by side: [B, h/2·w/2, 4·D]. */
    const merge = (tokens: tf.Tensor, depth: number) =>
      tf.reshape(tf.transpose(tf.reshape(tokens, [batch * grid[0], 2, grid[1], 2 * depth]), [0, 2, 1, 3]), [
        batch,
        grid[0] * grid[1],
        4 * depth,
      ]);
    const { cls, patches } = tf.tidy(() => {
      const embedded = linear(patchify(images, PATCH), weight('embed.weight'), weight('embed.bias'));
      const fine = run('fine', tf.reshape(embedded, [batch, rows * columns, NARROW]), hidden);
      const merged = linear(merge(fine, NARROW), weight('merge.weight'), weight('merge.bias')) as tf.Tensor3D;
      const coarseHidden = hidden && (tf.min(merge(hidden, 1), 2) as tf.Tensor2D);
      const coarse = run('coarse', merged, coarseHidden);
      const patches = layerNorm(coarse, weight('norm.weight'), weight('norm.bias'), EPSILON) as tf.Tensor3D;
      const shown = tf.expandDims(coarseHidden ? tf.sub(1, coarseHidden) : tf.ones([batch, grid[0] * grid[1]]), 2);
      return { patches, cls: tf.div(tf.sum(tf.mul(patches, shown), 1), tf.maximum(tf.sum(shown, 1), 1)) as tf.Tensor2D };
    });
    return { cls, patches, grid };
  }
}
