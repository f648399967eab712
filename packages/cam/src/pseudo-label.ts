import * as tf from '@tensorflow/tfjs-core';
import { noGradient, requireRank } from '@wsss/ops';

/** Label of pixels that nothing is said about. */
export const IGNORE = 255;

/** What CAM values say: background up to `low`, a class above `high`. In [0, 1], as scalars where they change from step to step. */
export interface CamThresholds {
  low: number | tf.Scalar;
  high: number | tf.Scalar;
}

/**
 * A CAM restricted to the classes that the image-level labels name.
 *
 * @param cam float32 [B, H, W, C], in [0, 1]
 * @param labels float32 [B, C], 0 or 1
 * @throws Error when labels and CAM do not fit.
 */
export function validCam(cam: tf.Tensor, labels: tf.Tensor): tf.Tensor4D {
  requireRank(cam, 4, 'the CAM');
  const [batch, , , classes] = cam.shape;
  if (`${labels.shape}` !== `${[batch, classes]}`)
    throw new Error(`labels have shape [${labels.shape}], expected [${batch}, ${classes}] like the CAM [${cam.shape}]`);
  return noGradient(() => tf.mul(cam, tf.reshape(labels, [batch, 1, 1, classes])) as tf.Tensor4D);
}

/**
 * A label map from a CAM by one threshold, for evaluation: the strongest of the image's classes, or background where it is at most
 * `background`.
 *
 * @param cam float32 [B, H, W, C], in [0, 1]
 * @param labels float32 [B, C], 0 or 1
 * @param background Threshold in [0, 1], compared in float32.
 * @returns int32 [B, H, W]: 0 = background, c + 1 = class c.
 */
export function camToLabels(cam: tf.Tensor, labels: tf.Tensor, background: number): tf.Tensor3D {
  return noGradient(() => {
    const { value, label } = strongest(validCam(cam, labels));
    return choose(tf.lessEqual(value, background), 0, label);
  });
}

/**
 * Pseudo labels from a CAM by two thresholds: background where the strongest class is at most `low`, that class above `high`, ignored
 * between and outside the box.
 *
 * @param cam float32 [B, H, W, C], in [0, 1]
 * @param labels float32 [B, C], 0 or 1
 * @param thresholds `low` ≤ `high`, compared in float32.
 * @param inside float32 [B, H, W]: 1 inside the image, 0 in its padding; see {@link boxMask}. Without it, all is inside.
 * @returns int32 [B, H, W]: 0 = background, c + 1 = class c, 255 = ignored.
 */
export function pseudoLabels(cam: tf.Tensor, labels: tf.Tensor, thresholds: CamThresholds, inside?: tf.Tensor): tf.Tensor3D {
  return noGradient(() => {
    const { value, label } = strongest(validCam(cam, labels));
    const withIgnored = choose(tf.lessEqual(value, thresholds.high), IGNORE, label);
    const inImage = choose(tf.lessEqual(value, thresholds.low), 0, withIgnored);
    return inside ? choose(tf.less(inside, 0.5), IGNORE, inImage) : inImage;
  });
}

function strongest(cam: tf.Tensor4D): { value: tf.Tensor3D; label: tf.Tensor3D } {
  return { value: tf.max(cam, 3), label: tf.add(tf.argMax(cam, 3), tf.scalar(1, 'int32')) };
}

function choose(condition: tf.Tensor, value: number, otherwise: tf.Tensor3D): tf.Tensor3D {
  return tf.where(condition, tf.fill(otherwise.shape, value, 'int32'), otherwise) as tf.Tensor3D;
}

/**
 * The part of a map that lies inside the image, from the boxes of a padded crop.
 *
 * @param boxes int32 [B, 4] in host memory: top, bottom, left, right, exclusive at bottom and right, in pixels of the crop.
 * @param size Height and width of the map.
 * @param cell Side of a cell of the map in pixels of the crop (the patch size for a patch grid); a cell counts if all of it is inside.
 * Default 1.
 * @returns float32 [B, H, W]: 1 inside, 0 outside. Boxes may reach beyond the map.
 * @throws Error when the number of values is not a multiple of four.
 */
export function boxMask(boxes: Int32Array, size: readonly [number, number], cell = 1): tf.Tensor3D {
  if (boxes.length % 4) throw new Error(`boxMask: boxes must hold four numbers an image, got ${boxes.length}`);
  const [height, width] = size;
  const batch = boxes.length / 4;
  const mask = new Float32Array(batch * height * width);
  for (let image = 0; image < batch; image++) {
    const [top, bottom, left, right] = boxes.subarray(4 * image, 4 * image + 4) as unknown as [number, number, number, number];
    const first = Math.max(Math.ceil(left / cell), 0);
    const end = Math.max(Math.min(Math.floor(right / cell), width), 0);
    for (let row = Math.max(Math.ceil(top / cell), 0); row < Math.min(Math.floor(bottom / cell), height); row++) {
      const start = (image * height + row) * width;
      mask.fill(1, start + first, start + end);
    }
  }
  return tf.tensor3d(mask, [batch, height, width]);
}
