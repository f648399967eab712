import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { borrowCpuKernels } from '../cpu-kernels.js';
import { ATTRIBUTE, type Attribute } from './attributes.js';
import type { NativeBackend } from './running.js';
import { TF } from './tensors.js';

interface KernelArguments {
  inputs: Record<string, TensorInfo>;
  attrs: Record<string, unknown>;
  backend: NativeBackend;
}

/** Puts kernels in the place of tfjs-node's that hinder training, and adds those that it lacks. */
export function mendKernels(backendName: string): void {
  const own = { GatherV2: gather, Conv2DBackpropFilter: conv2dBackpropFilter, Conv2DBackpropInput: conv2dBackpropInput };
  for (const [kernelName, kernel] of Object.entries(own)) {
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ kernelName, backendName, kernelFunc: kernel as unknown as tf.KernelFunc });
  }
  borrowCpuKernels(backendName);
}

/** tfjs-node's own reads the indices back to check them, which TensorFlow does anyway: slow, and impossible inside `trace`. */
function gather({ inputs, attrs, backend }: KernelArguments): TensorInfo {
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const { axis, batchDims } = attrs as { axis: number; batchDims: number };
  return tf.tidy(() => {
    const where = tf.scalar(axis, 'int32');
    const attributes: Attribute[] = [
      { name: 'batch_dims', type: ATTRIBUTE.INT, value: batchDims },
      typeAttribute('Tparams', x, backend),
      typeAttribute('Tindices', indices, backend),
      typeAttribute('Taxis', where, backend),
    ];
    return backend.executeSingleOutput('GatherV2', attributes, [x, indices, where]);
  });
}

/** tfjs-node's own gradients of conv2d refuse explicit padding. */
function conv2dBackpropFilter({ inputs, attrs, backend }: KernelArguments): TensorInfo {
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const shape = attrs.filterShape as number[];
  const attributes = convAttributes(attrs, x.shape, shape);
  return tf.tidy(() => backend.executeSingleOutput('Conv2DBackpropFilter', attributes, [x, tf.tensor1d(shape, 'int32'), dy]));
}

function conv2dBackpropInput({ inputs, attrs, backend }: KernelArguments): TensorInfo {
  const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
  const shape = attrs.inputShape as number[];
  const attributes = convAttributes(attrs, shape, filter.shape);
  return tf.tidy(() => backend.executeSingleOutput('Conv2DBackpropInput', attributes, [tf.tensor1d(shape, 'int32'), filter, dy]));
}

function convAttributes(attrs: Record<string, unknown>, inputShape: number[], filterShape: number[]): Attribute[] {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  type Shape = [number, number, number, number];
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  const [input, filter] = [inputShape as Shape, filterShape as Shape];
  const info = tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad, dimRoundingMode, false, format);
  const { top, bottom, left, right, type } = info.padInfo;
  const spatial = (height: number[], width: number[], other: number[]) =>
    (dataFormat === 'NHWC' ? [other, height, width, other] : [other, other, height, width]).flat();
  const named = type === 'VALID' || type === 'SAME';
  return [
    { name: 'T', type: ATTRIBUTE.TYPE, value: TF.FLOAT },
    { name: 'strides', type: ATTRIBUTE.INT, value: spatial([info.strideHeight], [info.strideWidth], [1]) },
    { name: 'padding', type: ATTRIBUTE.STRING, value: named ? type : 'EXPLICIT' },
    { name: 'explicit_paddings', type: ATTRIBUTE.INT, value: named ? [] : spatial([top, bottom], [left, right], [0, 0]) },
    { name: 'data_format', type: ATTRIBUTE.STRING, value: dataFormat },
    { name: 'use_cudnn_on_gpu', type: ATTRIBUTE.BOOL, value: true },
    { name: 'dilations', type: ATTRIBUTE.INT, value: [1, 1, 1, 1] },
  ];
}

const typeAttribute = (name: string, { dtype }: TensorInfo, backend: NativeBackend): Attribute => ({
  name,
  type: ATTRIBUTE.TYPE,
  value: backend.getDTypeInteger(dtype),
});
