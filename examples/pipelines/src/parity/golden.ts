import * as tf from '@tensorflow/tfjs-core';
import type { GoldenCase } from '@wsss/fixtures';
import type { StateDict } from '@wsss/weights';

/** Mean and deviation of the recorded images' normalisation. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** The weights of a case whose names start with `prefix`, without it. */
export function goldenWeights({ tensors, description }: GoldenCase, prefix = ''): StateDict {
  return new Map(
    [...tensors]
      .filter(([name]) => description[name]?.role === 'weight' && name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** Sub-cases: the distinct parts before the first dot of the names which have `suffix` behind it. */
export function subcases({ tensors }: GoldenCase, suffix: string): string[] {
  return [...tensors.keys()]
    .filter(name => name.endsWith(`.${suffix}`))
    .map(name => name.slice(0, -suffix.length - 1))
    .filter(name => !name.includes('.'));
}

/** A recorded tensor with its shape as it is. */
export function goldenTensor<R extends tf.Rank = tf.Rank>({ tensors, name: source }: GoldenCase, name: string): tf.Tensor<R> {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`recorded case ${source} has no tensor ${name}`);
  return tf.tensor(tensor.data, tensor.shape as tf.ShapeMap[R], tensor.data instanceof Float32Array ? 'float32' : 'int32');
}

/** A recorded tensor of maps [B, C, h, w] as [B, h, w, C], float32. */
export function goldenMaps(golden: GoldenCase, name: string): tf.Tensor4D {
  return tf.tidy(() => tf.cast(tf.transpose(goldenTensor<tf.Rank.R4>(golden, name), [0, 2, 3, 1]), 'float32'));
}
