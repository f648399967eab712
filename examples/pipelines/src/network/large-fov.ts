import * as tf from '@tensorflow/tfjs-core';
import { conv2d, linear } from '@wsss/ops';
import { type ParameterSpec, Parameters, type UniformSource } from '@wsss/weights';

export interface LargeFovConfig {
  /** Size of a patch token, D. */
  inputSize: number;
  /** Channels out: classes with background, K. */
  outputSize: number;
  /** Channels between. Default 512. */
  hiddenSize?: number;
  /** Distance between taps of the 3×3 convolutions. Default 5. */
  dilation?: number;
}

/** The LargeFOV decoder (DeepLab, Chen et al. 2015): two dilated 3×3 convolutions with ReLU, then a 1×1 convolution; no biases. */
export class LargeFov {
  readonly parameters: Parameters;
  readonly dilation: number;

  constructor({ inputSize, outputSize, hiddenSize = 512, dilation = 5 }: LargeFovConfig, random?: UniformSource) {
    this.dilation = dilation;
    const conv = (name: string, from: number): ParameterSpec => ({
      name,
      shape: [3, 3, from, hiddenSize],
      layout: 'conv2d',
      init: { kind: 'uniform', bound: 1 / Math.sqrt(9 * from) },
    });
    this.parameters = new Parameters(
      [
        conv('conv6.weight', inputSize),
        conv('conv7.weight', hiddenSize),
        {
          name: 'conv8.weight',
          shape: [hiddenSize, outputSize],
          layout: 'pointwise',
          init: { kind: 'uniform', bound: 1 / Math.sqrt(hiddenSize) },
        },
      ],
      random,
      'decoder.',
    );
  }

  /**
   * @param map float32 [B, h, w, D]: patch tokens as a map.
   * @returns float32 [B, h, w, K]: segmentation logits.
   */
  decode(map: tf.Tensor4D): tf.Tensor4D {
    const weight = (name: string) => this.parameters.get(name) as unknown as tf.Tensor4D;
    const options = { dilation: this.dilation, padding: this.dilation };
    return tf.tidy(() => {
      const x = tf.relu(conv2d(map, weight('conv6.weight'), options));
      const y = tf.relu(conv2d(x, weight('conv7.weight'), options));
      return linear(y, weight('conv8.weight')) as tf.Tensor4D;
    });
  }
}
