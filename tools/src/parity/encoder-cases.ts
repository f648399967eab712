import * as tf from '@tensorflow/tfjs-core';
import { goldenEncoder, goldenWeights } from '@wsss/fixtures';
import { VisionTransformer } from '@wsss/vit';
import { type Check, trainedBy } from './check.js';

/** Encoder outputs and gradients, with or without a key mask. */
export function encoder(check: Check): void {
  const { golden } = check;
  const vit = new VisionTransformer(goldenEncoder(golden));
  vit.load(goldenWeights(golden), { source: golden.name });
  const hidden = check.has('policy') ? tf.slice(tf.cast(check.tensor<tf.Rank.R2>('policy'), 'float32'), [0, 1], [-1, -1]) : undefined;
  const outputs = (images: tf.Tensor4D) => {
    const { cls, patches, auxiliary } = vit.encode(images, { hidden });
    return { cls, patch: patches, aux: auxiliary };
  };
  const { input } = check.model(({ input }) => outputs(input!), { input: check.maps('input') }, trainedBy(vit.parameters));
  check.values('grad.input0', tf.slice(input!, [0, 0, 0, 0], [1, -1, -1, 1]));
  vit.dispose();
}
