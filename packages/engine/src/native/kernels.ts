import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Attribute } from './attributes.js';
import { backendName, type NativeBackend } from './backend.js';
import { ATTRIBUTE } from './dtypes.js';

interface KernelArguments {
  inputs: Record<string, TensorInfo>;
  attrs: Record<string, unknown>;
  backend: NativeBackend;
}

/** Puts kernels in the place of tfjs-node's that hinder training, and adds ones that it lacks. */
export function registerReplacedKernels(): void {
  for (const [kernelName, kernel] of Object.entries({ GatherV2: gather })) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ kernelName, backendName, kernelFunc: kernel as unknown as tf.KernelFunc });
  }
}

/** tfjs-node's own reads the indices back to check them, which TensorFlow does anyway: slow, and impossible inside `trace`. */
function gather({ inputs, attrs, backend }: KernelArguments): TensorInfo {
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const { axis, batchDims } = attrs as { axis: number; batchDims: number };
  const where = tf.scalar(axis, 'int32');
  const attributes: Attribute[] = [
    { name: 'batch_dims', type: ATTRIBUTE.INT, value: batchDims },
    typeAttribute('Tparams', x, backend),
    typeAttribute('Tindices', indices, backend),
    typeAttribute('Taxis', where, backend),
  ];
  const out = backend.executeSingleOutput('GatherV2', attributes, [x, indices, where]);
  where.dispose();
  return out;
}

const typeAttribute = (name: string, { dtype }: TensorInfo, backend: NativeBackend): Attribute => ({
  name,
  type: ATTRIBUTE.TYPE,
  value: backend.getDTypeInteger(dtype),
});
