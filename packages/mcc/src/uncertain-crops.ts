import * as tf from '@tensorflow/tfjs-core';
import { noGradient, requireRank } from '@wsss/ops';

/**
 * The local crops of ToCo (Ru et al., CVPR 2023, section 3.4): small crops around places about which a class activation map is not
 * certain. One in which there is something of the image's classes is positive, one in which there is next to nothing negative.
 *
 * Places are drawn without replacement from those whose center is not certainly of a class; where there are fewer than `count`, others
 * make up the number. All is tensors, so that it can be part of a traced graph.
 *
 * @param images float32 [B, H, W, 3]
 * @param importance float32 [B, H, W]: 0 background, 1 uncertain, 2 certainly of a class, as `patchImportance` gives it.
 * @param chances float32 [B, H − S + 1, W − S + 1]: independent uniform numbers in [0, 1), one for each place a crop may have; the highest
 * win. Their shape says how large the crops are.
 * @param options how many, and which are positive.
 * @param options.count Crops an image, L. Default 8.
 * @param options.positiveRatio A crop whose mean importance is less is negative. Default 0.2.
 * @returns `crops` float32 [L·B, S, S, 3], view-major: the first crop of every image, then the second; `flags` float32 [B, 2 + L]: 1 =
 * positive, which the two global views, the first, always are. Nothing of it has a gradient.
 * @throws Error when the shapes do not fit.
 */
export function uncertainCrops(
  images: tf.Tensor,
  importance: tf.Tensor,
  chances: tf.Tensor,
  { count = 8, positiveRatio = 0.2 }: { count?: number; positiveRatio?: number } = {},
): { crops: tf.Tensor4D; flags: tf.Tensor2D } {
  requireRank(images, 4, 'uncertainCrops: images');
  requireRank(importance, 3, 'uncertainCrops: importance');
  requireRank(chances, 3, 'uncertainCrops: chances');
  const [batch, height, width] = images.shape;
  const [, rows, columns] = chances.shape;
  const size = height - rows + 1;
  if (chances.shape[0] !== batch || size < 1 || size > height || width - columns + 1 !== size)
    throw new Error(`uncertainCrops: chances have shape [${chances.shape}], expected [${batch}, ${height} − S + 1, ${width} − S + 1]`);
  if (`${importance.shape}` !== `${[batch, height, width]}`)
    throw new Error(`uncertainCrops: importance has shape [${importance.shape}], expected [${batch}, ${height}, ${width}] like the images`);
  if (!(count >= 1 && count <= rows * columns))
    throw new Error(`uncertainCrops: count must lie in 1…${rows * columns}, the number of places, got ${count}`);
  return noGradient(() => {
    const margin = Math.floor(size / 2);
    const ofCenter = tf.slice(importance, [0, margin, margin], [batch, rows, columns]);
    const allowed = tf.cast(tf.lessEqual(ofCenter, 1), 'float32');
    const { indices } = tf.topk(tf.reshape(tf.add(chances, allowed), [batch, rows * columns]), count);
    const int = (value: number) => tf.scalar(value, 'int32');
    const range = (length: number, step: number) => tf.mul(tf.range(0, length, 1, 'int32'), int(step));
    const place = tf.transpose(indices); // [L, B]
    const row = tf.cast(tf.floorDiv(place, int(columns)), 'int32');
    const corner = tf.add(tf.add(tf.mul(row, int(width)), tf.mod(place, int(columns))), range(batch, height * width));
    const offsets = tf.add(tf.reshape(range(size, width), [size, 1]), tf.reshape(range(size, 1), [1, size]));
    const pixels = tf.reshape(tf.add(tf.reshape(corner, [-1, 1]), tf.reshape(offsets, [1, -1])), [-1]) as tf.Tensor1D;
    const crops = tf.reshape(tf.gather(tf.reshape(images, [-1, 3]), pixels), [count * batch, size, size, 3]) as tf.Tensor4D;
    const means = tf.mean(tf.reshape(tf.gather(tf.reshape(importance, [-1]), pixels), [count, batch, size * size]), 2);
    const positive = tf.cast(tf.greaterEqual(means, positiveRatio), 'float32');
    return { crops, flags: tf.concat([tf.ones([batch, 2]), tf.transpose(positive)], 1) as tf.Tensor2D };
  });
}
