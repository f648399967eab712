import * as tf from '@tensorflow/tfjs-core';

/** The stock kernel binds all inputs at once, of which a shader takes eight or so. */
export function mendAddN(): void {
  const most = 6;
  const stock = tf.getKernel('AddN', 'webgpu').kernelFunc as unknown as (args: { inputs: tf.TensorInfo[] }) => tf.TensorInfo;
  tf.unregisterKernel('AddN', 'webgpu');
  const addN = (args: { inputs: tf.TensorInfo[] }): tf.TensorInfo => {
    const { inputs } = args;
    if (inputs.length <= most) return stock(args);
    return tf.tidy(() => {
      let terms = inputs as tf.Tensor[];
      while (terms.length > 1)
        terms = Array.from({ length: Math.ceil(terms.length / most) }, (_, i) => tf.addN(terms.slice(i * most, (i + 1) * most)));
      return terms[0]!;
    });
  };
  tf.registerKernel({ kernelName: 'AddN', backendName: 'webgpu', kernelFunc: addN as unknown as tf.KernelFunc });
}
