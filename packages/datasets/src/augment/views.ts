import type { Picture, Size } from '../dataset.js';
import type { Random } from '../random.js';
import { mirrorFrame } from './mirror.js';
import { corner, cropBox, drawPaddedCrop, mirrorBox } from './padded-crop.js';
import { drawPhotometric, type Photometric, photometricSteps } from './photometric.js';
import { type Frame, type PixelMemory, pixelMemory } from './pixel-memory.js';
import { drawRandomResizedCrop, resizeCropped } from './random-resized-crop.js';
import { resizeFrame, scaledSize } from './resize.js';
import type { AugmentationSettings } from './settings.js';

/**
 * How the mirrors of view 1 and of the local view go together.
 *
 * - `fixed`: one mirror for both, and the box is mirrored with them, so that masks made on view 1 fit the local view.
 * - `paper`: as in the authors' program, each is mirrored by its own chance after the box is known, so that both can be on the wrong side.
 */
export type AugmentationVariant = 'fixed' | 'paper';

/** Everything random about the three views of one training sample, as plain data: {@link makeViews} does the rest without chance. */
export type ViewParameters = ReturnType<typeof drawViews>;

/** Draws the parameters of a training sample's views, `size` pixels wide. */
export function drawViews(random: Random, picture: Size, size: number, variant: AugmentationVariant, settings: AugmentationSettings) {
  const scale = random.uniform(...settings.scale);
  const mirror = random.chance(settings.mirror);
  const place = drawPaddedCrop(random, scaledSize(picture, scale), size);
  const mirrored1 = random.chance(settings.view1.mirror);
  const mirroredLocal = random.chance(settings.local.mirror);
  return {
    size,
    scale,
    mirror,
    place,
    mirrorBox: variant === 'fixed' && mirrored1,
    view1: { mirror: mirrored1, ...drawPhotometric(random, settings.view1) },
    view2: {
      mirror: random.chance(settings.view2.mirror),
      rectangle: drawRandomResizedCrop(random, picture, settings.view2.resizedCrop),
      ...drawPhotometric(random, settings.view2),
    },
    local: { mirror: variant === 'fixed' ? mirrored1 : mirroredLocal, ...drawPhotometric(random, settings.local) },
  };
}

/**
 * Makes the views: scale, mirror, pad and crop once for view 1 and the local view; then mirror and colors for each.
 *
 * @returns three pictures of size × size, and the box in which view 1 shows the picture and not its padding
 */
export function makeViews(picture: Picture, parameters: ViewParameters) {
  const { size, view1, view2, local, place } = parameters;
  return pixelMemory().scope(memory => {
    const whole = memory.write(picture);
    const cut = scaledCrop(memory, whole, parameters);
    const finish = (view: Frame, steps: Photometric & { mirror: boolean }) =>
      memory.read([...(steps.mirror ? [mirrorFrame] : []), ...photometricSteps(steps)].reduce((frame, step) => step(memory, frame), view));
    const box = cropBox(scaledSize(picture, parameters.scale), size, place);
    return {
      view1: memory.scope(() => finish(copy(memory, cut), view1)),
      view2: memory.scope(() => finish(resizeCropped(view2.rectangle, size)(memory, whole), view2)),
      local: memory.scope(() => finish(cut, local)),
      box: parameters.mirrorBox ? mirrorBox(box, size) : box,
    };
  });
}

/** The crop of the scaled and perhaps mirrored picture; no more of the scaled picture is made than the crop shows. */
function scaledCrop(memory: PixelMemory, whole: Frame, { size, scale, mirror, place }: ViewParameters): Frame {
  const scaled = scaledSize(whole, scale);
  const [top, bottom, left, right] = cropBox(scaled, size, place);
  const from = corner(place);
  const first = left + from.left;
  const window = {
    top: top + from.top,
    left: mirror ? scaled.width - first - (right - left) : first,
    height: bottom - top,
    width: right - left,
  };
  const canvas = memory.frame(size, size);
  memory.scope(() => {
    const part = resizeFrame(scaled, 'bilinear', window)(memory, whole);
    const { address, stride } = mirror ? mirrorFrame(memory, part) : part;
    const target = memory.bytes(canvas.address, canvas.stride * size).fill(0);
    for (let y = 0; y < window.height; y++) target.set(memory.bytes(address + y * stride, stride), (top + y) * canvas.stride + left * 3);
  });
  return canvas;
}

function copy(memory: PixelMemory, { address, width, height, stride }: Frame): Frame {
  const to = memory.frame(width, height);
  memory.bytes(to.address, stride * height).set(memory.bytes(address, stride * height));
  return to;
}
