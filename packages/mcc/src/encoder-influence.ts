import * as tf from '@tensorflow/tfjs-core';
import type { KeyMasks } from './key-masks.js';
import type { VisibleRows } from './maskable-encoder.js';
import { keyMaskTensors } from './visible-patches.js';

/** Class tokens [R, D] of images, or of rows of their visible patches. */
export type Encode = (images: tf.Tensor, visible?: VisibleRows) => tf.Tensor2D;
/** Their values. */
export type Read = (images: tf.Tensor, visible?: VisibleRows) => Promise<Float32Array>;

const views = ['the upper part of an image is', 'the right of an image is', 'nothing is'];

const names = { hidden: 'hidden patches', padding: 'padding' };
const advice = {
  hidden: 'in no layer must hidden patches be mixed into others, nor be pooled or normalized with them',
  padding: 'leave entries whose padding is 1 out of attention and of every sum and mean',
};

/**
 * Shows hidden and visible patches in turn other pixels, and looks how far the class token moves.
 *
 * @param masks Of three views of each image, as {@link views} names them.
 * @returns the largest share that hidden patches or padding have of the influence of visible ones.
 * @throws Error when that is above `tolerance`, when visible patches have none, or a row sees another image than its own.
 */
export async function checkInfluence(read: Read, images: tf.Tensor4D, masks: KeyMasks, tolerance: number): Promise<number> {
  const others = otherPixels(images);
  try {
    await checkOwnImage(read, images, others, viewOf(masks, 0));
    let [ofVisible, leak] = [0, 0];
    for (const [view, visible] of views.entries()) {
      const moved = await distances(read, images, others, viewOf(masks, view));
      ofVisible ||= moved.visible;
      if (view < 2 && !moved.visible) throw new Error(`checkEncoder: visible patches have no influence on cls where ${visible} visible`);
      for (const what of ['hidden', 'padding'] as const) {
        const share = moved[what] / ofVisible;
        leak = Math.max(leak, share);
        const percent = Number((100 * share).toPrecision(2));
        if (share > tolerance)
          throw new Error(
            `checkEncoder: cls moves with ${names[what]} where ${visible} visible, by ${percent} % of what it does with visible patches, ` +
              `expected not at all; ${advice[what]}`,
          );
      }
    }
    return leak;
  } finally {
    others.dispose();
  }
}

/** The next image as a pale negative, so that means and deviations of a batch become others as well. Within the range of the images. */
function otherPixels(images: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const next = tf.concat([tf.slice(images, [1]), tf.slice(images, [0], [1])], 0);
    const middle = tf.div(tf.add(tf.max(images), tf.min(images)), 2);
    return tf.add(middle, tf.mul(tf.sub(middle, next), 0.5)) as tf.Tensor4D;
  });
}

/** How far two lists of class tokens are apart, at most. */
export function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** What is less is rounding. */
export function noise(cls: Float32Array): number {
  return 1e-5 * cls.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function viewOf({ batch, grid, hidden }: KeyMasks, view: number): KeyMasks {
  const length = batch * grid[0] * grid[1];
  return { count: 1, batch, grid, hidden: hidden.slice(view * length, (view + 1) * length) };
}

/** How far class tokens move with the pixels of hidden patches, with those of visible ones, and with rows that are padded further. */
async function distances(read: Read, images: tf.Tensor4D, others: tf.Tensor4D, mask: KeyMasks) {
  const [tight, padded] = [keyMaskTensors(mask), keyMaskTensors(mask, mask.grid[0] * mask.grid[1])];
  const exchanged = [1, 0].map(hidden => tf.tidy(() => tf.where(pixelsThatAre(hidden, mask, images), others, images)));
  try {
    const seen = await read(images, tight);
    const moved = (cls: Float32Array) => Math.max(0, distance(seen, cls) - noise(seen));
    return {
      hidden: moved(await read(exchanged[0]!, tight)),
      visible: moved(await read(exchanged[1]!, tight)),
      padding: moved(await read(images, padded)),
    };
  } finally {
    tf.dispose([{ ...tight }, { ...padded }, exchanged]);
  }
}

/** bool [B, H, W, 1]: pixels of patches that are hidden (1), or visible (0). */
function pixelsThatAre(hidden: number, { batch, grid, hidden: values }: KeyMasks, images: tf.Tensor4D): tf.Tensor {
  const [, height, width, channels] = images.shape;
  const patches = tf.tensor(
    values.map(value => (value === hidden ? 1 : 0)),
    [batch, grid[0], 1, grid[1], 1],
    'bool',
  );
  const pixels = tf.tile(patches, [1, 1, height / grid[0], 1, width / grid[1]]);
  return tf.tile(tf.reshape(pixels, [batch, height, width, 1]), [1, 1, 1, channels]);
}

/** A row has to follow its own image, more than it follows others (from which a batch's statistics may reach it). */
async function checkOwnImage(read: Read, images: tf.Tensor4D, others: tf.Tensor4D, mask: KeyMasks): Promise<void> {
  const rows = keyMaskTensors(mask);
  const firstChanged = tf.tidy(() => tf.concat([tf.slice(others, [0], [1]), tf.slice(images, [1])], 0));
  const [before, after] = [await read(images, rows), await read(firstChanged, rows)];
  tf.dispose([{ ...rows }, firstChanged]);
  const size = before.length / mask.batch;
  const row = (i: number) => distance(before.subarray(i * size, (i + 1) * size), after.subarray(i * size, (i + 1) * size));
  if (row(1) > row(0))
    throw new Error(
      'checkEncoder: cls of a row follows another image than its own; ' +
        'visible.patches are numbers image · h·w + patch, row by row of an image',
    );
}
