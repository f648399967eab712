import type * as tf from '@tensorflow/tfjs-core';
import { goldenWeights } from '@wsss/fixtures';
import { LargeFov } from '@wsss/pipelines';
import type { Parameters } from '@wsss/weights';
import { Aspp } from './aspp.js';
import { type Check, trainedBy } from './check.js';

function decoder(check: Check, model: { parameters: Parameters; decode(map: tf.Tensor4D): tf.Tensor4D }): void {
  model.parameters.load(goldenWeights(check.golden), { source: check.golden.name });
  check.model(({ input }) => ({ out: model.decode(input!) }), { input: check.maps('input') }, trainedBy(model.parameters));
  model.parameters.dispose();
}

export function largeFov(check: Check): void {
  const { in_planes: inputSize, out_planes: outputSize, embed_dim: hiddenSize, dilation } = check.settings;
  decoder(check, new LargeFov({ inputSize, outputSize, hiddenSize, dilation }));
}

export function aspp(check: Check): void {
  const { in_planes: inputSize, out_planes: outputSize, atrous_rates: dilations } = check.settings;
  decoder(check, new Aspp(inputSize, outputSize, dilations));
}
