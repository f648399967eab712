import * as tf from '@tensorflow/tfjs-core';
import { goldenMaps, goldenWeights } from '@wsss/fixtures';
import { LargeFov } from '@wsss/pipelines';
import type { Parameters } from '@wsss/weights';
import { Aspp } from './aspp.js';
import type { Check } from './check.js';

function decoder(check: Check, model: { parameters: Parameters; decode(map: tf.Tensor4D): tf.Tensor4D }): void {
  const { golden } = check;
  model.parameters.load(goldenWeights(golden), { source: golden.name });
  const input = goldenMaps(golden, 'input');
  check.maps('out', model.decode(input));
  const loss = (map: tf.Tensor4D) => tf.sum(tf.mul(model.decode(map), goldenMaps(golden, 'proj.out'))) as tf.Scalar;
  const { value, grads } = tf.variableGrads(() => loss(input), [...model.parameters.trainable().values()]);
  check.scalar('loss', value);
  for (const spec of model.parameters.specs) check.parameter(`grad.${spec.name}`, grads[model.parameters.get(spec.name).name]!, spec);
  check.maps('grad.input', tf.grad(map => loss(map as tf.Tensor4D))(input));
  model.parameters.dispose();
}

export function largeFov(check: Check): void {
  const { in_planes: inputSize, out_planes: outputSize, embed_dim: hiddenSize, dilation } = check.golden.settings;
  decoder(check, new LargeFov({ inputSize, outputSize, hiddenSize, dilation }));
}

export function aspp(check: Check): void {
  const { in_planes: inputSize, out_planes: outputSize, atrous_rates: dilations } = check.golden.settings;
  decoder(check, new Aspp({ inputSize, outputSize, dilations }));
}
