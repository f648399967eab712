import * as tf from '@tensorflow/tfjs-core';
import { EngineError, type EngineFacts } from './engine.js';
import { machineMemory } from './machine-memory.js';
import { mendAddN } from './webgpu-add-n.js';

/**
 * Starts TensorFlow.js' WebGPU engine on Dawn, WebGPU outside the browser. It runs on any GPU with a Vulkan, Metal or Direct3D 12 driver;
 * values of tensors have to be read with `await tensor.data()`.
 */
export async function startWebgpu(): Promise<EngineFacts> {
  const { info } = await provideWebgpu();
  await import('@tensorflow/tfjs-backend-webgpu').catch(missing('@tensorflow/tfjs-backend-webgpu')); // registers itself if it finds WebGPU
  mendAddN();
  if (!(await tf.setBackend('webgpu'))) throw new EngineError('The GPU refused the webgpu engine a device');
  const software = isSoftware(info) ? ', software: slow' : '';
  return {
    threads: 1,
    memoryBytes: machineMemory(), // WebGPU does not tell how much memory the device has
    version: `TensorFlow.js WebGPU ${tf.version_core} (${info.description || `${info.vendor} ${info.architecture}`}${software})`,
  };
}

const missing = (name: string) => (error: Error) => {
  throw new EngineError(
    `The package ${name} cannot be loaded: ${error.message.split('\n')[0]}`,
    'Type: npm install webgpu @tensorflow/tfjs-backend-webgpu',
  );
};

/** Makes WebGPU look as in a browser, as the backend expects it. */
async function provideWebgpu(): Promise<GPUAdapter> {
  const { create, globals } = await import('webgpu').catch(missing('webgpu'));
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter)
    throw new EngineError(
      'The webgpu engine found no GPU that it can use',
      process.platform === 'linux'
        ? 'It needs a Vulkan driver for the GPU and libvulkan.so.1 (Debian and Ubuntu: apt install libvulkan1)'
        : undefined,
    );
  Object.assign(globalThis, globals);
  const browser = globalThis as { navigator?: object };
  if (!browser.navigator) Object.defineProperty(browser, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(browser.navigator, 'gpu', { value: gpu, configurable: true });
  return adapter;
}

const isSoftware = ({ architecture, isFallbackAdapter, description }: GPUAdapterInfo) =>
  isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${architecture} ${description}`);
