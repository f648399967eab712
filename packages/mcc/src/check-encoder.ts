import * as tf from '@tensorflow/tfjs-core';
import { classTokens } from './class-tokens.js';
import { checkGradients } from './encoder-gradients.js';
import { checkInfluence, distance, type Encode, noise, type Read } from './encoder-influence.js';
import type { KeyMasks } from './key-masks.js';
import type { MaskableEncoder } from './maskable-encoder.js';
import type { MccConfig } from './masked-collaborative-contrast.js';
import { keyMaskTensors } from './visible-patches.js';

/** The configuration of the contrast that the encoder is for, and what it is checked with. */
export interface CheckEncoderOptions extends Pick<MccConfig, 'patchSize' | 'inputSize' | 'masks'> {
  /**
   * float32 [B, H, W, 3]: two images or more, no two alike, of at least 2×2 cells. Default: two of random normal numbers, of 2×2 cells
   * (`2 · cell · patchSize` pixels a side). Give your own if the encoder wants another size or range.
   */
  images?: tf.Tensor;
  /** Those that gradients must reach. Default: one trainable variable at least, of all that there are. */
  variables?: Iterable<tf.Variable>;
  /** How far hidden patches may move the class token, as a share of how far visible ones do. Default 0.001. */
  tolerance?: number;
}

/** What was found of an encoder that does. */
export interface CheckedEncoder {
  /** How far hidden patches move the class token, as a share of how far visible ones do. 0 where it is exact. */
  leak: number;
  /** Names of the variables that gradients reach. */
  reached: string[];
  /** Names of the other trainable variables: heads and decoders, or what the class token should depend on and does not. */
  unreached: string[];
}

/**
 * Checks whether MCC can learn with an encoder, once, before training. It encodes a few small images and looks for what goes wrong without
 * an error otherwise:
 *
 * 1. `cls` is float32 [B, D] for images and [R, D] for rows of visible patches, with D = `inputSize`, and finite, also of a row that is
 *    all padding; the same images give the same, different images do not;
 * 2. hidden patches and padding have no influence on it, visible ones have, and a row sees the image that its patch numbers say;
 * 3. gradients arrive at variables, of images as of visible patches, and are finite.
 *
 * @param options `mcc.config` will do, with images of your own where the encoder needs them.
 * @returns What it found; tensors that it makes are disposed of.
 * @throws Error that says what the encoder does wrong.
 *
 * @example
 * const { leak, reached, unreached } = await checkEncoder(encoder, mcc.config);
 * console.log(`hidden patches move the class token by ${leak} of what visible ones do; trained: ${reached.join(', ')}`);
 */
export async function checkEncoder(encoder: MaskableEncoder, options: CheckEncoderOptions): Promise<CheckedEncoder> {
  const { inputSize: size, tolerance = 1e-3, variables } = options;
  const { images, masks } = examples(options);
  const [batch] = images.shape;
  const rows = keyMaskTensors(masks);
  const encode: Encode = (pixels, visible) => {
    try {
      return classTokens(encoder, pixels, { rows: visible?.patches.shape[0] ?? batch, size }, visible);
    } catch (cause) {
      const given = visible ? `rows of visible patches [${visible.patches.shape}] of images` : 'images';
      throw new Error(`checkEncoder: given ${given} [${pixels.shape}]: ${(cause as Error).message}`, { cause });
    }
  };
  const read: Read = async (pixels, visible) => {
    const cls = tf.tidy(() => encode(pixels, visible));
    const values = (await cls.data()) as Float32Array;
    cls.dispose();
    return values;
  };
  try {
    const [whole, seen] = [await read(images), await read(images, rows)];
    checkFinite(whole, 'for whole images');
    checkFinite(seen.subarray(0, 2 * batch * size), 'for rows of visible patches');
    checkFinite(seen.subarray(2 * batch * size), 'for a row that is all padding, which a view that sees nothing is');
    for (const [first, again] of [[whole, await read(images)] as const, [seen, await read(images, rows)] as const])
      if (distance(first, again) > noise(first))
        throw new Error(
          'checkEncoder: cls is another each time for the same images; for the check, switch off what is random, as dropout is',
        );
    if (distance(whole.subarray(0, size), whole.subarray(size, 2 * size)) <= noise(whole))
      throw new Error('checkEncoder: cls is the same for two different images, so it does not depend on them');
    const leak = await checkInfluence(read, images, masks, tolerance);
    return { leak, ...(await checkGradients(encode, images, rows, variables)) };
  } finally {
    tf.dispose([rows.hidden, rows.patches, rows.padding]);
    if (images !== options.images) images.dispose();
  }
}

/** Images, and three views of each: the upper cells, the cells at the right, nothing. */
function examples({ patchSize = 0, masks: drawn, images }: CheckEncoderOptions): { images: tf.Tensor4D; masks: KeyMasks } {
  const cell = drawn?.cell ?? 4;
  if (!(Number.isInteger(patchSize) && patchSize > 0))
    throw new Error(`checkEncoder: patchSize is ${patchSize}, expected the side of the encoder's square patches in pixels`);
  if (images && (images.rank !== 4 || images.shape[0]! < 2 || images.shape[3] !== 3))
    throw new Error(`checkEncoder: images have shape [${images.shape}], expected [B, H, W, 3] with two images or more`);
  const side = 2 * cell * patchSize;
  const [batch, height, width] = (images?.shape ?? [2, side, side]) as [number, number, number];
  const grid = [height / patchSize, width / patchSize] as const;
  if (!grid.every(patches => Number.isInteger(patches) && patches > cell))
    throw new Error(
      `checkEncoder: images are ${height}×${width}, expected multiples of the patchSize ${patchSize} and more than one cell of ` +
        `${cell} patches a side; ${side}×${side} will do`,
    );
  const [rows, columns] = grid;
  const hidden = new Uint8Array(3 * batch * rows * columns).fill(1);
  for (let place = 0; place < batch * rows * columns; place++) {
    if (Math.floor(place / columns) % rows < cell) hidden[place] = 0;
    if (place % columns >= cell) hidden[batch * rows * columns + place] = 0;
  }
  const pixels = images ?? tf.randomNormal([batch, height, width, 3], 0, 1, 'float32', 1);
  return { images: pixels as tf.Tensor4D, masks: { count: 3, batch, grid, hidden } };
}

function checkFinite(cls: Float32Array, where: string): void {
  const found = cls.find(value => !Number.isFinite(value));
  if (found !== undefined) throw new Error(`checkEncoder: cls has ${found} ${where}, expected finite numbers`);
}
