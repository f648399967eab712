import * as tf from '@tensorflow/tfjs-core';
import { goldenEncoder, goldenMaps, goldenTensor, goldenWeights } from '@wsss/fixtures';
import { VisionTransformer } from '@wsss/vit';
import type { Check } from './check.js';

/** Encoder outputs and gradients, with or without a key mask. */
export function encoder(check: Check): void {
  const { golden } = check;
  const vit = new VisionTransformer(goldenEncoder(golden));
  vit.load(goldenWeights(golden), { source: golden.name });
  const images = goldenMaps(golden, 'input');
  const policy = golden.tensors.has('policy') ? goldenTensor<tf.Rank.R2>(golden, 'policy') : undefined;
  const hidden = policy && tf.slice(tf.cast(policy, 'float32'), [0, 1], [-1, -1]);
  const outputs = (input: tf.Tensor4D) => {
    const { cls, patches, auxiliary } = vit.encode(input, { hidden });
    return { cls, patch: patches, aux: auxiliary } as Record<string, tf.Tensor>;
  };
  const found = outputs(images);
  for (const [name, tensor] of Object.entries(found)) check.values(name, tensor);
  const loss = (input: tf.Tensor4D) =>
    tf.addN(
      Object.entries(outputs(input)).map(([name, tensor]) => tf.sum(tf.mul(tensor, goldenTensor(golden, `proj.${name}`)))),
    ) as tf.Scalar;
  const { value, grads } = tf.variableGrads(() => loss(images), [...vit.parameters.trainable().values()]);
  check.scalar('loss', value);
  for (const spec of vit.parameters.specs) {
    const name = `grad.${spec.name}`;
    if (golden.tensors.has(name)) check.parameter(name, grads[vit.parameters.get(spec.name).name]!, spec);
  }
  const first = tf.grad(input => loss(input as tf.Tensor4D))(images);
  check.values('grad.input0', tf.slice(first, [0, 0, 0, 0], [1, -1, -1, 1]));
  vit.dispose();
}
