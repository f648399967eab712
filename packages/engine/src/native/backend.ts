import * as tf from '@tensorflow/tfjs-core';
import { NodeJSKernelBackend, registerNodeKernels } from '../../build/node-kernels.js';
import type { Binding } from './binding.js';
import { backendName } from './running.js';

let registered = false;

/** Whether the program has imported tfjs-node, which has registered its own backend. */
export const tfjsNodeRuns = (): boolean => !registered && tf.findBackendFactory(backendName) !== null;

/**
 * Registers tfjs-node's kernels and its backend over a binding, in the place of those that the program's own tfjs-node has registered. Its
 * compiled addon is not needed.
 */
export function registerNativeBackend(binding: Binding): void {
  if (tf.findBackendFactory(backendName)) tf.removeBackend(backendName);
  if (!registered) {
    for (const { kernelName } of tf.getKernelsForBackend(backendName)) tf.unregisterKernel(kernelName, backendName);
    registerNodeKernels();
    registered = true;
  }
  tf.registerBackend(backendName, () => new NodeJSKernelBackend(binding, '@wsss/engine'), 3);
}
