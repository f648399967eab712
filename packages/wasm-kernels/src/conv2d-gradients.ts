// The stock backend has no `Conv2DBackpropFilter`, and its `Conv2DBackpropInput` is a scalar loop. Here both are one matrix product for
// each position in the filter.
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, floats, type Inputs, type KernelArguments } from './backend.js';
import type { TeamKernel } from './kernel.js';
import { multiply } from './product.js';

type ConvInfo = tf.backend_util.Conv2DInfo;
type Shape4 = tf.Tensor4D['shape'];

function convInfo({ attrs }: KernelArguments, inputShape: number[], filterShape: number[]): ConvInfo {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs as {
    strides: number;
    pad: number;
    dataFormat: 'NHWC' | 'NCHW';
    dimRoundingMode?: 'floor';
  };
  if (dataFormat !== 'NHWC') throw new Error(`The gradient of conv2d on wasm takes images as NHWC, found ${dataFormat}`);
  return tf.backend_util.computeConv2DInfo(inputShape as Shape4, filterShape as Shape4, strides, 1, pad, dimRoundingMode);
}

/** `Conv2DBackpropFilter`: with `P[r,c]` the input pixel under filter position (r, c) for each output pixel, `dW[r,c] = P[r,c]ᵀ · dy`. */
export const conv2dBackpropFilter: TeamKernel = call => {
  const { backend, team } = call;
  const { x, dy } = call.inputs as Inputs<'x' | 'dy'>;
  const info = convInfo(call, x.shape, call.attrs.filterShape as number[]);
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const patch = backend.makeOutput([pixels, inChannels], 'float32');
  const dw = backend.makeOutput([filterHeight, filterWidth, inChannels, outChannels], 'float32');
  forEachPosition(info, (sources, position) => {
    const [to, from] = [floats(backend, patch), floats(backend, x)];
    forEachRun(sources, (pixel, source, length) => {
      if (source < 0) to.fill(0, pixel * inChannels, (pixel + length) * inChannels);
      else to.set(from.subarray(source * inChannels, (source + length) * inChannels), pixel * inChannels);
    });
    const out = addressOf(backend, dw) + 4 * position * inChannels * outChannels;
    const [left, right] = [addressOf(backend, patch), addressOf(backend, dy)];
    const size = { m: inChannels, k: pixels, n: outChannels };
    multiply(team, { address: left, transposed: true }, { address: right, transposed: false }, size, out);
  });
  backend.disposeData(patch.dataId);
  return dw;
};

/** `Conv2DBackpropInput`, also transposed convolution: `dy · W[r,c]ᵀ` is added to the input pixels under filter position (r, c). */
export const conv2dBackpropInput: TeamKernel = call => {
  const { backend, team } = call;
  const { dy, filter } = call.inputs as Inputs<'dy' | 'filter'>;
  const info = convInfo(call, call.attrs.inputShape as number[], filter.shape);
  const { inChannels, outChannels } = info;
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const patch = backend.makeOutput([pixels, inChannels], 'float32');
  const dx = backend.makeOutput(info.inShape, 'float32');
  floats(backend, dx).fill(0);
  forEachPosition(info, (sources, position) => {
    const weights = addressOf(backend, filter) + 4 * position * inChannels * outChannels;
    const size = { m: pixels, k: outChannels, n: inChannels };
    const out = addressOf(backend, patch);
    multiply(team, { address: addressOf(backend, dy), transposed: false }, { address: weights, transposed: true }, size, out);
    const [to, from] = [floats(backend, dx), floats(backend, patch)];
    forEachRun(sources, (pixel, source, length) => {
      if (source < 0) return;
      for (let i = pixel * inChannels, j = source * inChannels, end = (pixel + length) * inChannels; i < end; i++, j++) to[j]! += from[i]!;
    });
  });
  backend.disposeData(patch.dataId);
  return dx;
};

/** Calls `visit` for each position in the filter with the input pixel that lies under it for each output pixel, or -1 for padding. */
function forEachPosition(info: ConvInfo, visit: (sources: Int32Array, position: number) => void): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = info;
  const sources = new Int32Array(batchSize * outHeight * outWidth);
  for (let position = 0; position < filterHeight * filterWidth; position++) {
    const [down, right] = [Math.floor(position / filterWidth) - padInfo.top, (position % filterWidth) - padInfo.left];
    let pixel = 0;
    for (let b = 0; b < batchSize; b++)
      for (let row = 0; row < outHeight; row++) {
        const y = row * strideHeight + down;
        for (let column = 0; column < outWidth; column++) {
          const x = column * strideWidth + right;
          sources[pixel++] = y < 0 || y >= inHeight || x < 0 || x >= inWidth ? -1 : (b * inHeight + y) * inWidth + x;
        }
      }
    visit(sources, position);
  }
}

/** Splits the list into runs of neighboring pixels, and of padding. */
function forEachRun(sources: Int32Array, visit: (pixel: number, source: number, length: number) => void): void {
  for (let start = 0, end = 1; start < sources.length; start = end++) {
    const source = sources[start]!;
    const step = source < 0 ? 0 : 1;
    while (end < sources.length && sources[end] === source + step * (end - start)) end++;
    visit(start, source, end - start);
  }
}
