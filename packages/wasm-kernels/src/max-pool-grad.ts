import * as tf from '@tensorflow/tfjs-core';
import { floats, type Inputs } from './backend.js';
import type { TeamKernel } from './kernel.js';

/** `MaxPoolGrad`: each `dy` goes to the first largest value of its window; the stock kernel loses it where no value is above 0. */
export const maxPoolGrad: TeamKernel = ({ inputs, backend, attrs }) => {
  const { dy, input } = inputs as Inputs<'dy' | 'input'>;
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: number;
    strides: number;
    pad: number;
    dimRoundingMode?: 'floor';
  };
  const info = tf.backend_util.computePool2DInfo(input.shape as tf.Tensor4D['shape'], filterSize, strides, 1, pad, dimRoundingMode);
  const { inHeight, inWidth, outHeight, outWidth, inChannels: channels } = info;
  const dx = backend.makeOutput(input.shape, 'float32');
  const [to, x, from] = [floats(backend, dx), floats(backend, input), floats(backend, dy)];
  to.fill(0);
  let out = 0;
  for (let b = 0; b < info.batchSize; b++)
    for (let row = 0; row < outHeight; row++) {
      const top = row * info.strideHeight - info.padInfo.top;
      const [firstY, endY] = [Math.max(0, top), Math.min(inHeight, top + info.filterHeight)];
      for (let column = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - info.padInfo.left;
        const [firstX, endX] = [Math.max(0, left), Math.min(inWidth, left + info.filterWidth)];
        for (let c = 0; c < channels; c++, out++) {
          let best = -1;
          for (let y = firstY; y < endY; y++)
            for (let i = firstX; i < endX; i++) {
              const at = ((b * inHeight + y) * inWidth + i) * channels + c;
              if (best < 0 || x[at]! > x[best]!) best = at;
            }
          if (best >= 0) to[best]! += from[out]!;
        }
      }
    }
  return dx;
};
