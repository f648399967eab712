import * as tf from '@tensorflow/tfjs-core';
import { goldenEncoder, goldenWeights } from '@wsss/fixtures';
import { conv2d, interpolate } from '@wsss/ops';
import { LargeFov } from '@wsss/pipelines';
import { VisionTransformer } from '@wsss/vit';
import { type ParameterSpec, Parameters } from '@wsss/weights';
import { type Cases, type Check, trainedBy } from './check.js';

/** Encoder outputs and gradients, with or without a key mask. */
function encoder(check: Check): void {
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

/** Logits float32 [B, h, w, K] of patch tokens as a map [B, h, w, D], and gradients. */
function decoder(check: Check, parameters: Parameters, decode: (map: tf.Tensor4D) => tf.Tensor): void {
  parameters.load(goldenWeights(check.golden), { source: check.golden.name });
  check.model(({ input }) => ({ out: decode(input!) }), { input: check.maps('input') }, trainedBy(parameters));
  parameters.dispose();
}

export const layerCases: Cases = {
  /** PyTorch's resizing rules, forwards and adjoint. */
  interpolate(check) {
    for (const [name, { mode, align_corners: alignCorners }] of Object.entries(check.settings)) {
      const input = check.maps(`${name}.in`);
      const resize = (x: tf.Tensor) => interpolate(x as tf.Tensor4D, check.sizeOf(`${name}.out`), { mode, alignCorners });
      check.values(`${name}.out`, resize(input));
      if (check.has(`${name}.grad`))
        check.values(`${name}.grad`, tf.grad(x => tf.sum(tf.mul(resize(x), check.maps(`${name}.proj`))))(input));
    }
  },

  vit_plain: encoder,
  vit_policy: encoder,

  largefov(check) {
    const { in_planes: inputSize, out_planes: outputSize, embed_dim: hiddenSize, dilation } = check.settings;
    const model = new LargeFov({ inputSize, outputSize, hiddenSize, dilation });
    decoder(check, model.parameters, map => model.decode(map));
  },

  /** Atrous spatial pyramid pooling (DeepLab v2, Chen et al. 2017): the sum of 3×3 convolutions of several dilations, with biases. */
  aspp(check) {
    const { in_planes: inputSize, out_planes: outputSize, atrous_rates } = check.settings;
    const dilations: number[] = atrous_rates;
    const specs = dilations.flatMap((_, i): ParameterSpec[] => [
      { name: `c${i}.weight`, shape: [3, 3, inputSize, outputSize], layout: 'conv2d' },
      { name: `c${i}.bias`, shape: [outputSize], layout: 'same' },
    ]);
    const parameters = new Parameters(specs);
    const weight = <T extends tf.Tensor>(name: string) => parameters.get(name) as tf.Tensor as T;
    const branch = (map: tf.Tensor4D, dilation: number, i: number) =>
      conv2d(map, weight<tf.Tensor4D>(`c${i}.weight`), { dilation, padding: dilation, bias: weight<tf.Tensor1D>(`c${i}.bias`) });
    decoder(check, parameters, map => tf.addN(dilations.map((dilation, i) => branch(map, dilation, i))));
  },
};
