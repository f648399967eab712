import * as tf from '@tensorflow/tfjs-core';
import { interpolate, noGradient } from '@wsss/ops';
import { type RefinementOptions, refineByPixels } from './pixel-adaptive-refinement.js';
import { IGNORE } from './pseudo-label.js';

/** Which channels (background and the classes of the image) each image of a batch keeps, in host memory, padded to one length. */
export interface KeptClasses {
  /** Channels an image, M: one more than the largest number of classes in an image. */
  length: number;
  /** [B, M]: label of each kept channel, 0 = background first; padding is −1. */
  labels: Int32Array;
}

/**
 * Background and the classes of each image.
 *
 * @param labels [B, C] 0/1 image-level labels in host memory.
 * @param classes C
 * @throws Error when the labels are not those of a whole number of images.
 */
export function keptClasses(labels: ArrayLike<number>, classes: number): KeptClasses {
  const batch = labels.length / classes;
  if (!Number.isInteger(batch) || batch < 1)
    throw new Error(`keptClasses: ${labels.length} labels are not those of images of ${classes} classes`);
  const present = Array.from({ length: batch }, (_, image) => [
    0,
    ...Array.from({ length: classes }, (_, c) => c + 1).filter(label => labels[image * classes + label - 1]! > 0),
  ]);
  const length = Math.max(...present.map(list => list.length));
  const kept = new Int32Array(batch * length).fill(-1);
  present.forEach((list, image) => {
    kept.set(list, image * length);
  });
  return { length, labels: kept };
}

/**
 * Refined pseudo labels for segmentation (as in ToCo, Ru et al. 2023): a constant background joins the CAM once at `high` and once at
 * `low`; both go at lower resolution through a softmax over the image's classes and pixel-adaptive refinement, come back to full size
 * and give labels by argmax. Background of both is background; background of `high` alone is ignored; outside the box is ignored.
 *
 * @param images float32 [B, H, W, 3], colours on any scale (no gradient)
 * @param cam float32 [B, H, W, C], in [0, 1]
 * @param kept Classes of each image, from {@link keptClasses}.
 * @param options.inside float32 [B, H, W]: 1 inside the image, 0 in its padding.
 * @param options.downScale Factor by which refinement works smaller. Default 2.
 * @returns int32 [B, H, W]: 0 = background, c + 1 = class c, 255 = ignored.
 * @throws Error when kept classes and CAM do not fit.
 */
export function refinedLabels(
  images: tf.Tensor4D,
  cam: tf.Tensor4D,
  kept: KeptClasses,
  options: { low: number; high: number; inside?: tf.Tensor3D; downScale?: number; refinement?: RefinementOptions },
): tf.Tensor3D {
  const { low, high, inside, downScale = 2, refinement } = options;
  const [batch, height, width, classes] = cam.shape;
  const { length, labels } = kept;
  if (labels.length !== batch * length)
    throw new Error(`refinedLabels: kept classes are for ${labels.length / length} images, the CAM [${cam.shape}] has ${batch}`);
  const largest = Math.max(...labels);
  if (largest > classes) throw new Error(`refinedLabels: kept classes go up to ${largest}, the CAM [${cam.shape}] has ${classes}`);
  const small: [number, number] = [Math.floor(height / downScale), Math.floor(width / downScale)];
  return noGradient(() => {
    const channel = tf.tensor1d(labels, 'int32');
    // Column m of an image picks the CAM of its m-th kept class; background and padding pick none.
    const pick = new Float32Array(batch * classes * length);
    labels.forEach((label, i) => {
      if (label > 0) pick[(Math.floor(i / length) * classes + label - 1) * length + (i % length)] = 1;
    });
    const rows = tf.matMul(tf.reshape(cam, [batch, height * width, classes]), tf.tensor3d(pick, [batch, classes, length]));
    const picked = tf.reshape(rows, [batch, height, width, length]) as tf.Tensor4D;
    const perChannel = (value: (label: number) => number) => tf.tensor4d(Float32Array.from(labels, value), [batch, 1, 1, length]);
    const background = perChannel(label => (label === 0 ? 1 : 0));
    const padding = perChannel(label => (label < 0 ? 1e9 : 0));
    const resized = interpolate(picked, small, { mode: 'bilinear' });
    const probabilities = [high, low].map(level => tf.softmax(tf.sub(tf.add(resized, tf.mul(background, level)), padding)) as tf.Tensor4D);
    const guide = interpolate(images, small, { mode: 'bilinear' });
    const refined = interpolate(refineByPixels(guide, tf.concat(probabilities, 3), refinement), [height, width], { mode: 'bilinear' });
    const [labelHigh, labelLow] = tf.split(refined, 2, 3).map(part => {
      const winner = tf.argMax(tf.sub(part, padding), 3);
      const firstOfImage = tf.reshape(tf.range(0, batch * length, length, 'int32'), [batch, 1, 1]);
      return tf.gather(channel as tf.Tensor, tf.add(winner, firstOfImage)) as tf.Tensor3D;
    });
    const ignored = tf.fill([batch, height, width], IGNORE, 'int32');
    const certain = tf.where(tf.equal(labelHigh!, 0), ignored, labelHigh!) as tf.Tensor3D;
    const joined = tf.where(tf.equal(tf.add(labelHigh!, labelLow!), 0), tf.zerosLike(labelHigh!), certain);
    return (inside ? tf.where(tf.less(inside, 0.5), ignored, joined) : joined) as tf.Tensor3D;
  });
}
