import * as tf from '@tensorflow/tfjs-core';
import { conv2d } from '@wsss/ops';
import { type ParameterSpec, Parameters } from '@wsss/weights';

/** Atrous spatial pyramid pooling (DeepLab v2, Chen et al. 2017): the sum of 3×3 convolutions of several dilations, with biases. */
export class Aspp {
  readonly parameters: Parameters;

  constructor(
    inputSize: number,
    outputSize: number,
    private readonly dilations: readonly number[],
  ) {
    const branch = (i: number): ParameterSpec[] => [
      { name: `c${i}.weight`, shape: [3, 3, inputSize, outputSize], layout: 'conv2d' },
      { name: `c${i}.bias`, shape: [outputSize], layout: 'same' },
    ];
    this.parameters = new Parameters(dilations.flatMap((_, i) => branch(i)));
  }

  /**
   * @param map float32 [B, h, w, D]: patch tokens as a map.
   * @returns float32 [B, h, w, K]: segmentation logits.
   */
  decode(map: tf.Tensor4D): tf.Tensor4D {
    const weight = <T extends tf.Tensor>(name: string) => this.parameters.get(name) as tf.Tensor as T;
    const branches = this.dilations.map((dilation, i) =>
      conv2d(map, weight<tf.Tensor4D>(`c${i}.weight`), { dilation, padding: dilation, bias: weight<tf.Tensor1D>(`c${i}.bias`) }),
    );
    return branches.reduce((sum, branch) => tf.add(sum, branch));
  }
}
