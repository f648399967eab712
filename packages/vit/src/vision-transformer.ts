import * as tf from '@tensorflow/tfjs-core';
import { layerNorm, linear, recompute, requireRank } from '@wsss/ops';
import { type MatchOptions, matchStateDict, type ParameterSpec, Parameters, type StateDict, type UniformSource } from '@wsss/weights';
import { block, blockParameters } from './block.js';
import { checkConfig, type VisionTransformerConfig } from './config.js';
import { patchGrid, patchify } from './patch-embedding.js';
import { positionalEmbedding } from './positional-embedding.js';
import type { RegisterNeurons } from './test-time-register.js';

/** Which patches of which images make up each row of an encoding. */
export interface VisiblePatches {
  /**
   * int32 [R, V]: patch numbers, image · h·w + patch, below B·h·w (not checked: that would read them back from the device). Rows may come
   * from any image, an image may feed many rows.
   */
  patches: tf.Tensor;
  /** float32 [R, V]: 1 where an entry only pads its row to length V and is hidden from everything, 0 elsewhere. */
  padding: tf.Tensor;
}

export interface EncodeOptions {
  /** float32 [B, h·w]: patches hidden from every query of every block, 1 = hidden. The CLS token and registers are never hidden. */
  hidden?: tf.Tensor;
  /** Encode only these patches: the CLS token is then exactly what it is with all others hidden, at a fraction of the work. */
  visible?: VisiblePatches;
  /** Keep only the input of each block for the backward pass and compute the rest again: about a third of the memory, a third more work. */
  recompute?: boolean;
  /**
   * Shown the tokens [B, 1 + R + N, D] that enter each block: CLS, the R registers, patches. They live until the encoding is done unless
   * kept (`tf.keep`).
   */
  beforeBlock?: (index: number, tokens: tf.Tensor3D) => void;
  /** Shown the activations of each block's MLP after GELU, [B, 1 + R + N, mlpRatio·D], in the same way. */
  afterGelu?: (index: number, activations: tf.Tensor3D) => void;
}

/** What an encoder gives for B images of N patches each; with {@link EncodeOptions.visible}, B and N are the R rows and their length V. */
export interface Encoding {
  /** float32 [B, D]: the CLS token after the final norm. */
  cls: tf.Tensor2D;
  /** float32 [B, N, D]: patch tokens after the final norm. */
  patches: tf.Tensor3D;
  /** float32 [B, N, D]: patch tokens as the auxiliary block leaves them, before the final norm. */
  auxiliary: tf.Tensor3D;
  /** Rows and columns of the patch grid of the images. */
  grid: [rows: number, columns: number];
}

/**
 * The plain vision transformer (Dosovitskiy et al. 2021; DeiT, Touvron et al. 2021): pre-norm blocks, exact GELU, a CLS token, and a
 * positional embedding that is resized to the images and not trained. It may have LayerScale and register tokens (DeiT III, DINOv2).
 *
 * @example
 * const vit = new VisionTransformer(findBackbone('deit_tiny_patch16_224'));
 * vit.load(parseSafetensors(bytes).tensors, { source: 'deit_tiny.safetensors' });
 * const { cls, patches, auxiliary } = vit.encode(images); // images: float32 [B, H, W, 3], normalized
 */
export class VisionTransformer {
  readonly config: Required<VisionTransformerConfig>;
  readonly parameters: Parameters;
  private moved: RegisterNeurons = [];

  /**
   * @param config Sizes, for instance from {@link findBackbone}.
   * @param random Seeded uniform numbers for the initial weights; without it they are zero until {@link load}.
   */
  constructor(config: VisionTransformerConfig, random?: UniformSource) {
    this.config = checkConfig(config);
    this.parameters = new Parameters(visionTransformerParameters(this.config), random, 'encoder.');
  }

  /**
   * Neurons whose activations are moved from the patches to a register token of their own, by block; see {@link moveToRegister}. Default:
   * none, and then there is no such token.
   *
   * @throws RangeError naming a block or a neuron that does not exist.
   */
  get registerNeurons(): RegisterNeurons {
    return this.moved;
  }

  set registerNeurons(neurons: RegisterNeurons) {
    const { depth, embedSize, mlpRatio } = this.config;
    const size = Math.round(embedSize * mlpRatio);
    for (const [i, ofBlock] of neurons.entries()) {
      if (i >= depth && ofBlock.length) throw new RangeError(`registerNeurons: there are ${depth} blocks, and neurons of block ${i}`);
      const wrong = ofBlock.find(neuron => !(Number.isInteger(neuron) && neuron >= 0 && neuron < size));
      if (wrong !== undefined) throw new RangeError(`registerNeurons: block ${i} has the neurons 0 to ${size - 1}, not ${wrong}`);
    }
    this.moved = neurons;
  }

  /** Tokens between the CLS token and the patches: trained registers, and the one that neurons are moved to. */
  get registers(): number {
    return this.config.registers + (this.moved.some(({ length }) => length) ? 1 : 0);
  }

  /**
   * Takes over weights under timm's names. A classification head (`head.*`, `fc_norm.*`, `pre_logits.*`) is left out.
   *
   * @throws Error naming missing, extra or wrongly shaped tensors.
   */
  load(state: StateDict, options: MatchOptions = {}): void {
    this.parameters.load(state, withoutHead(options));
  }

  /**
   * Encodes images of any size of at least one patch.
   *
   * @param images float32 [B, H, W, 3], normalized as the weights want it.
   * @throws Error when images or masks have the wrong shape.
   */
  encode(images: tf.Tensor, options: EncodeOptions = {}): Encoding {
    const { patchSize, embedSize, depth, heads, epsilon, auxiliaryBlock, positionResizing } = this.config;
    const { registerNeurons, registers } = this;
    const { hidden, visible } = options;
    if (images.rank !== 4 || images.shape[3] !== 3) throw new Error(`encode: images must be [B, H, W, 3], got [${images.shape}]`);
    requireRank(images, 4, 'encode: images');
    if (hidden && visible) throw new Error('encode: give either hidden or visible patches, not both');
    const grid = patchGrid(images, patchSize);
    const count = grid[0] * grid[1];
    if (hidden && `${hidden.shape}` !== `${[images.shape[0], count]}`)
      throw new Error(`encode: hidden has shape [${hidden.shape}], expected [${images.shape[0]}, ${count}]`);
    if (visible && (visible.patches.rank !== 2 || visible.patches.dtype !== 'int32'))
      throw new Error(`encode: visible.patches must be int32 [R, V], got ${visible.patches.dtype} [${visible.patches.shape}]`);
    if (visible && `${visible.padding.shape}` !== `${visible.patches.shape}`)
      throw new Error(
        `encode: visible.padding has shape [${visible.padding.shape}], expected [${visible.patches.shape}] like visible.patches`,
      );
    const weight = (name: string) => this.parameters.get(name);
    const { cls, patches, auxiliary } = tf.tidy(() => {
      const position = positionalEmbedding(weight('pos_embed'), grid, positionResizing);
      const embed = (pixels: tf.Tensor) => linear(pixels, weight('patch_embed.proj.weight'), weight('patch_embed.proj.bias'));
      let tokens: tf.Tensor3D;
      let hiddenPatches = hidden;
      if (visible) {
        const [rows, length] = visible.patches.shape as [number, number];
        const numbers = tf.reshape(visible.patches, [-1]);
        const places = tf.gather(tf.reshape(position.patches, [count, embedSize]), tf.mod(numbers, tf.scalar(count, 'int32')));
        const embedded = tf.add(embed(tf.gather(patchify(images, patchSize), numbers)), places);
        tokens = tf.reshape(embedded, [rows, length, embedSize]);
        hiddenPatches = visible.padding;
      } else {
        tokens = tf.add(tf.reshape(embed(patchify(images, patchSize)), [-1, count, embedSize]), position.patches) as tf.Tensor3D;
      }
      const [rows, length] = tokens.shape;
      const first = tf.tile(tf.add(weight('cls_token'), position.cls), [rows, 1, 1]) as tf.Tensor3D;
      const trained = this.config.registers ? [tf.tile(weight('reg_token'), [rows, 1, 1]) as tf.Tensor3D] : [];
      const empty = registers > this.config.registers ? [tf.zeros<tf.Rank.R3>([rows, 1, embedSize])] : [];
      let x = tf.concat([first, ...trained, ...empty, tokens], 1);
      const mask = hiddenPatches && (tf.concat([tf.zeros([rows, 1 + registers]), hiddenPatches], 1) as tf.Tensor2D);
      const names = blockParameters(embedSize, this.config.mlpRatio, this.config.layerScale).map(spec => spec.name);
      const auxiliaryIndex = auxiliaryBlock < 0 ? depth + auxiliaryBlock : auxiliaryBlock;
      let beforeNorm = x;
      for (let i = 0; i < depth; i++) {
        options.beforeBlock?.(i, x);
        const weights = names.map(name => weight(`blocks.${i}.${name}`));
        // Recomputation keeps its inputs alive, so the mask is one of them.
        const masks = mask ? [mask] : [];
        const neurons = registerNeurons[i] ?? [];
        const register = neurons.length ? { neurons, token: registers } : undefined;
        const afterGelu = options.afterGelu && ((activations: tf.Tensor3D) => options.afterGelu!(i, activations));
        const settings = { heads, epsilon, register, afterGelu };
        const run = (...[input, ...given]: tf.Tensor[]) =>
          block(input as tf.Tensor3D, given.slice(masks.length), { ...settings, hidden: mask && (given[0] as tf.Tensor2D) });
        const inputs = [x, ...masks, ...weights];
        x = (options.recompute ? recompute(run, inputs) : run(...inputs)) as tf.Tensor3D;
        if (i === auxiliaryIndex) beforeNorm = x;
      }
      const normal = layerNorm(x, weight('norm.weight'), weight('norm.bias'), epsilon);
      const patchesOf = (t: tf.Tensor3D) => tf.slice(t, [0, 1 + registers, 0], [rows, length, embedSize]);
      return {
        cls: tf.reshape(tf.slice(normal, [0, 0, 0], [rows, 1, embedSize]), [rows, embedSize]) as tf.Tensor2D,
        patches: patchesOf(normal),
        auxiliary: patchesOf(beforeNorm),
      };
    });
    return { cls, patches, auxiliary, grid };
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

const withoutHead = (options: MatchOptions): MatchOptions => ({
  ...options,
  ignore: ['head.', 'fc_norm.', 'pre_logits.', ...(options.ignore ?? [])],
});

/**
 * Makes sure that weights under timm's names are those of an encoder of these sizes: the check of {@link VisionTransformer.load}, without
 * an encoder.
 *
 * @throws Error naming missing, extra or wrongly shaped tensors, or sizes that cannot be.
 */
export function checkWeights(config: VisionTransformerConfig, state: StateDict, options: MatchOptions = {}): void {
  matchStateDict(visionTransformerParameters(config), state, withoutHead(options));
}

/** Every parameter of the encoder under its timm name. */
export function visionTransformerParameters(config: VisionTransformerConfig): ParameterSpec[] {
  const { imageSize, patchSize, embedSize, depth, mlpRatio, layerScale, registers } = checkConfig(config);
  const patches = (imageSize / patchSize) ** 2;
  const normal = { kind: 'truncatedNormal' as const };
  const asConvolution = { kind: 'uniform' as const, bound: 1 / Math.sqrt(3 * patchSize * patchSize) };
  return [
    { name: 'cls_token', shape: [1, 1, embedSize], layout: 'same', init: normal },
    ...(registers ? [{ name: 'reg_token', shape: [1, registers, embedSize], layout: 'same' as const, init: normal }] : []),
    { name: 'pos_embed', shape: [1, 1 + patches, embedSize], layout: 'same', init: normal, trainable: false },
    { name: 'patch_embed.proj.weight', shape: [patchSize * patchSize * 3, embedSize], layout: 'patch', init: asConvolution },
    { name: 'patch_embed.proj.bias', shape: [embedSize], layout: 'same', init: asConvolution },
    ...Array.from({ length: depth }, (_, i) =>
      blockParameters(embedSize, mlpRatio, layerScale).map(spec => ({ ...spec, name: `blocks.${i}.${spec.name}` })),
    ).flat(),
    { name: 'norm.weight', shape: [embedSize], layout: 'same', init: { kind: 'ones' } },
    { name: 'norm.bias', shape: [embedSize], layout: 'same' },
  ];
}
