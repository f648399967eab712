import * as tf from '@tensorflow/tfjs-core';
import { interpolate, noGradient, requireRank } from '@wsss/ops';
import { type RefinementOptions, refineByPixels } from './pixel-adaptive-refinement.js';
import { type CamThresholds, IGNORE } from './pseudo-label.js';

/**
 * The channels that refinement keeps: background and the classes of each image.
 *
 * @param labels [B, C] 0/1 image-level labels in host memory.
 * @param classes C
 * @param steps Numbers of channels to round up to, so that few shapes occur; the last one's multiples where it is exceeded.
 * Default: no rounding.
 * @returns int32 [B, M]: label of each kept channel, 0 = background first; −1 pads to the largest number in an image.
 * @throws Error when the labels are not those of a whole number of images.
 */
export function keptClasses(labels: ArrayLike<number>, classes: number, steps: readonly number[] = [1]): tf.Tensor2D {
  const batch = labels.length / classes;
  if (!Number.isInteger(batch) || batch < 1)
    throw new Error(`keptClasses: ${labels.length} labels are not those of images of ${classes} classes`);
  const present = Array.from({ length: batch }, (_, image) => [
    0,
    ...Array.from({ length: classes }, (_, c) => c + 1).filter(label => labels[image * classes + label - 1]! > 0),
  ]);
  const needed = Math.max(...present.map(list => list.length));
  const largest = steps.at(-1)!;
  const length = steps.find(step => step >= needed) ?? Math.ceil(needed / largest) * largest;
  const kept = new Int32Array(batch * length).fill(-1);
  for (const [image, list] of present.entries()) kept.set(list, image * length);
  return tf.tensor2d(kept, [batch, length], 'int32');
}

/** `low` and `high` are constant background values that join the CAM. */
export interface LevelOptions extends CamThresholds {
  /** Factor by which refinement works smaller. Default 2. */
  downScale?: number;
  /** Settings of pixel-adaptive refinement; null leaves it out, and nothing works smaller. */
  refinement?: RefinementOptions | null;
}

/**
 * Labels of a CAM that a constant background joins, once at `high` and once at `low`; both go at lower resolution through a softmax over
 * the image's classes and pixel-adaptive refinement, come back to full size and give labels by argmax.
 *
 * @param images float32 [B, H, W, 3], colors on any scale (no gradient)
 * @param cam float32 [B, H, W, C], in [0, 1]
 * @param kept int32 [B, M]: classes of each image, from {@link keptClasses}.
 * @returns int32 [B, H, W] each, 0 = background, c + 1 = class c. A class is certain where `high` names one, background where `low` does.
 * @throws Error when kept classes and CAM do not fit.
 */
export function backgroundLevels(
  images: tf.Tensor,
  cam: tf.Tensor,
  kept: tf.Tensor,
  { low, high, downScale = 2, refinement }: LevelOptions,
): Record<'high' | 'low', tf.Tensor3D> {
  requireRank(cam, 4, 'the CAM');
  requireRank(kept, 2, 'kept classes');
  const [batch, height, width, classes] = cam.shape;
  const length = kept.shape[1];
  if (kept.shape[0] !== batch) throw new Error(`kept classes are for ${kept.shape[0]} images, the CAM [${cam.shape}] has ${batch}`);
  const small: [number, number] = [Math.floor(height / downScale), Math.floor(width / downScale)];
  return noGradient(() => {
    // Column m of an image picks the CAM of its m-th kept class; background and padding pick none.
    const pick = tf.cast(tf.equal(tf.expandDims(kept, 2), tf.range(1, classes + 1, 1, 'int32')), 'float32');
    const rows = tf.matMul(tf.reshape(cam, [batch, height * width, classes]), pick as tf.Tensor3D, false, true);
    const picked = tf.reshape(rows, [batch, height, width, length]) as tf.Tensor4D;
    const perChannel = (condition: tf.Tensor) => tf.cast(tf.reshape(condition, [batch, 1, 1, length]), 'float32');
    const background = perChannel(tf.equal(kept, tf.scalar(0, 'int32')));
    const padding = tf.mul(perChannel(tf.less(kept, tf.scalar(0, 'int32'))), 1e9);
    const resized = refinement === null ? picked : interpolate(picked, small, { mode: 'bilinear' });
    const probabilities = [high, low].map(level => tf.softmax(tf.sub(tf.add(resized, tf.mul(background, level)), padding)) as tf.Tensor4D);
    const both = tf.concat(probabilities, 3);
    const refine = () => {
      const guide = interpolate(images, small, { mode: 'bilinear' });
      return interpolate(refineByPixels(guide, both, refinement ?? {}), [height, width], { mode: 'bilinear' });
    };
    const [atHigh, atLow] = tf.split(refinement === null ? both : refine(), 2, 3).map(part => {
      const winner = tf.argMax(tf.sub(part, padding), 3);
      const firstOfImage = tf.reshape(tf.range(0, batch * length, length, 'int32'), [batch, 1, 1]);
      return tf.gather(tf.reshape(kept, [batch * length]) as tf.Tensor, tf.add(winner, firstOfImage)) as tf.Tensor3D;
    });
    return { high: atHigh!, low: atLow! };
  });
}

/**
 * Refined pseudo labels for segmentation (as in ToCo, Ru et al. 2023), from {@link backgroundLevels}: background where the low one
 * leaves it, a class where the high one leaves one, ignored between; ignored outside the box.
 *
 * @param images float32 [B, H, W, 3], colors on any scale (no gradient)
 * @param cam float32 [B, H, W, C], in [0, 1]
 * @param kept int32 [B, M]: classes of each image, from {@link keptClasses}.
 * @param options.inside float32 [B, H, W]: 1 inside the image, 0 in its padding.
 * @returns int32 [B, H, W]: 0 = background, c + 1 = class c, 255 = ignored.
 * @throws Error when kept classes and CAM do not fit.
 */
export function refinedLabels(
  images: tf.Tensor,
  cam: tf.Tensor,
  kept: tf.Tensor,
  options: LevelOptions & { inside?: tf.Tensor },
): tf.Tensor3D {
  const { inside } = options;
  return noGradient(() => {
    const { high, low } = backgroundLevels(images, cam, kept, options);
    const ignored = tf.fill(high.shape, IGNORE, 'int32');
    const certain = tf.where(tf.equal(high, 0), ignored, high) as tf.Tensor3D;
    const joined = tf.where(tf.equal(tf.add(high, low), 0), tf.zerosLike(high), certain);
    return (inside ? tf.where(tf.less(inside, 0.5), ignored, joined) : joined) as tf.Tensor3D;
  });
}
