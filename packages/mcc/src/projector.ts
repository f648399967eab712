import * as tf from '@tensorflow/tfjs-core';
import { gelu, linear, normalize } from '@wsss/ops';
import { type ParameterSpec, Parameters, type UniformSource } from '@wsss/weights';

export interface ProjectorConfig {
  /** Size of the CLS token, D. */
  inputSize: number;
  /** Default 2048. */
  hiddenSize?: number;
  /** Default 256. */
  bottleneckSize?: number;
  /** Default 1024. */
  outputSize?: number;
}

/**
 * The projection head of DINO (Caron et al. 2021) that MCC contrasts in: D → hidden → hidden → bottleneck with GELU between, L2
 * normalization, then a weight-normalized linear map without bias whose gain stays 1.
 */
export class Projector {
  readonly parameters: Parameters;

  /** @param random Seeded uniform numbers for the initial weights. @param name Put before the parameters' names in the engine. */
  constructor(config: ProjectorConfig, random?: UniformSource, name = 'projector.') {
    this.parameters = new Parameters(projectorParameters(config), random, name);
  }

  /** @param tokens float32 [R, D] @returns float32 [R, outputSize] */
  project(tokens: tf.Tensor2D): tf.Tensor2D {
    const weight = (name: string) => this.parameters.get(name);
    return tf.tidy(() => {
      let x = gelu(linear(tokens, weight('mlp.0.weight'), weight('mlp.0.bias')));
      x = gelu(linear(x, weight('mlp.2.weight'), weight('mlp.2.bias')));
      x = normalize(linear(x, weight('mlp.4.weight'), weight('mlp.4.bias')));
      // Every output's weight vector (a column here) has length one, times its gain.
      const direction = weight('last_layer.weight_v');
      const length = tf.sqrt(tf.sum(tf.square(direction), 0, true));
      const gain = tf.reshape(weight('last_layer.weight_g'), [1, -1]);
      return linear(x, tf.mul(direction, tf.div(gain, length))) as tf.Tensor2D;
    });
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/** The parameters of a projector under the names that the reference program gives them. */
export function projectorParameters(config: ProjectorConfig): ParameterSpec[] {
  const { inputSize, hiddenSize = 2048, bottleneckSize = 256, outputSize = 1024 } = config;
  const normal = { kind: 'truncatedNormal' as const };
  const uniform = { kind: 'uniform' as const, bound: 1 / Math.sqrt(bottleneckSize) };
  return [
    { name: 'mlp.0.weight', shape: [inputSize, hiddenSize], layout: 'linear', init: normal },
    { name: 'mlp.0.bias', shape: [hiddenSize], layout: 'same' },
    { name: 'mlp.2.weight', shape: [hiddenSize, hiddenSize], layout: 'linear', init: normal },
    { name: 'mlp.2.bias', shape: [hiddenSize], layout: 'same' },
    { name: 'mlp.4.weight', shape: [hiddenSize, bottleneckSize], layout: 'linear', init: normal },
    { name: 'mlp.4.bias', shape: [bottleneckSize], layout: 'same' },
    { name: 'last_layer.weight_g', shape: [outputSize, 1], layout: 'same', init: { kind: 'ones' }, trainable: false },
    { name: 'last_layer.weight_v', shape: [bottleneckSize, outputSize], layout: 'linear', init: uniform },
  ];
}
