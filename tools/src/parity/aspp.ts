import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '@wsss/ops';
import { Parameters, type UniformSource } from '@wsss/weights';

export interface AsppConfig {
  inputSize: number;
  outputSize: number;
  /** Dilation of each branch. Default 6, 12, 18, 24. */
  dilations?: readonly number[];
}

/** Atrous spatial pyramid pooling (DeepLab v2, Chen et al. 2017): the sum of 3×3 convolutions of several dilations, with biases. */
export class Aspp {
  readonly parameters: Parameters;
  private readonly dilations: readonly number[];

  constructor({ inputSize, outputSize, dilations = [6, 12, 18, 24] }: AsppConfig, random?: UniformSource) {
    this.dilations = dilations;
    this.parameters = new Parameters(
      dilations.flatMap((_, i) => [
        {
          name: `c${i}.weight`,
          shape: [3, 3, inputSize, outputSize],
          layout: 'conv2d',
          init: { kind: 'truncatedNormal', std: 0.01 },
        } as const,
        { name: `c${i}.bias`, shape: [outputSize], layout: 'same' } as const,
      ]),
      random,
      'decoder.',
    );
  }

  /**
   * @param map float32 [B, h, w, D]: patch tokens as a map.
   * @returns float32 [B, h, w, K]: segmentation logits.
   */
  decode(map: tf.Tensor4D): tf.Tensor4D {
    const weight = (name: string) => this.parameters.get(name) as tf.Tensor;
    return tf.tidy(() =>
      this.dilations
        .map((dilation, i) =>
          conv2d(map, weight(`c${i}.weight`) as tf.Tensor4D, { dilation, padding: dilation, bias: weight(`c${i}.bias`) as tf.Tensor1D }),
        )
        .reduce((sum, branch) => tf.add(sum, branch)),
    );
  }
}
