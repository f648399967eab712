import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

interface KernelArguments {
  inputs: Record<string, TensorInfo | undefined> | TensorInfo[];
  attrs: unknown;
  backend: KernelBackend;
}

/** Runs a kernel of the cpu backend on tensors of another one: slow, but right. */
function runOnCpu(name: string, { inputs, attrs, backend }: KernelArguments): TensorInfo | TensorInfo[] {
  const cpu = tf.findBackend('cpu') as MathBackendCPU;
  const temporary: TensorInfo[] = [];
  const copyIn = (x: TensorInfo) => {
    const copy = cpu.makeTensorInfo(x.shape, x.dtype, backend.readSync(x.dataId));
    temporary.push(copy);
    return copy;
  };
  const copies = Array.isArray(inputs)
    ? inputs.map(copyIn)
    : Object.fromEntries(Object.entries(inputs).map(([key, x]) => [key, x && (Array.isArray(x) ? x.map(copyIn) : copyIn(x))]));
  const kernel = tf.getKernel(name, 'cpu').kernelFunc as unknown as (args: object) => TensorInfo | TensorInfo[];
  const result = kernel({ inputs: copies, attrs, backend: cpu });
  const copyOut = (y: TensorInfo) => ({ ...y, dataId: backend.write(cpu.data.get(y.dataId).values!, y.shape, y.dtype) });
  const out = Array.isArray(result) ? result.map(copyOut) : copyOut(result);
  for (const tensor of temporary.concat(result)) cpu.disposeIntermediateTensorInfo(tensor);
  return out;
}

/** Lets an engine run the kernels that it lacks on the cpu backend, except those for complex numbers. */
export function borrowCpuKernels(backendName: string): void {
  const complex = ['Complex', 'ComplexAbs', 'Real', 'Imag', 'FFT', 'IFFT'];
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (complex.includes(kernelName) || tf.getKernel(kernelName, backendName)) continue;
    tf.registerKernel({ kernelName, backendName, kernelFunc: args => runOnCpu(kernelName, args as never) as never });
  }
}
