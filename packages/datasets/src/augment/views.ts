import type { Picture } from '../dataset';
import type { Random } from '../random';
import type { Rectangle } from './crop';
import { mirror } from './mirror';
import { type Box, drawPaddedCrop, mirrorBox, type PaddedCrop, paddedCrop } from './padded-crop';
import { drawPhotometric, type Photometric, photometric } from './photometric';
import { drawRandomResizedCrop, resizedCrop } from './random-resized-crop';
import { scale, scaledSize } from './scale';
import type { AugmentationSettings } from './settings';

/**
 * How the mirrors of view 1 and of the local view go together.
 *
 * - `fixed`: one mirror for both, and the box is mirrored with them, so that masks made on view 1 fit the local view.
 * - `paper`: as in the authors' program, each is mirrored by its own chance after the box is known, so that masks and box can be on the wrong side.
 */
export type AugmentationRecipe = 'fixed' | 'paper';

/** Everything random about the three views of one training sample, as plain data: {@link makeViews} does the rest without chance. */
export interface ViewParameters {
  size: number;
  scale: number;
  mirror: boolean;
  place: PaddedCrop;
  mirrorBox: boolean;
  view1: Photometric & { mirror: boolean };
  view2: Photometric & { mirror: boolean; rectangle: Rectangle };
  local: Photometric & { mirror: boolean };
}

/** Three pictures of size × size and the box in which view 1 shows the picture and not its padding. */
export interface Views {
  view1: Picture;
  view2: Picture;
  local: Picture;
  box: Box;
}

/**
 * Draws the parameters of a training sample's views.
 *
 * @param picture size of the picture in pixels
 * @param size side of the views in pixels
 */
export function drawViews(
  random: Random,
  picture: { width: number; height: number },
  size: number,
  recipe: AugmentationRecipe,
  settings: AugmentationSettings,
): ViewParameters {
  const factor = random.uniform(...settings.scale);
  const mirrorAll = random.chance(settings.mirror);
  const place = drawPaddedCrop(random, scaledSize(picture, factor), size);
  const mirrored1 = random.chance(settings.view1.mirror);
  const mirroredLocal = random.chance(settings.local.mirror);
  return {
    size,
    scale: factor,
    mirror: mirrorAll,
    place,
    mirrorBox: recipe === 'fixed' && mirrored1,
    view1: { mirror: mirrored1, ...drawPhotometric(random, settings.view1) },
    view2: {
      mirror: random.chance(settings.view2.mirror),
      rectangle: drawRandomResizedCrop(random, picture, settings.view2.resizedCrop),
      ...drawPhotometric(random, settings.view2),
    },
    local: { mirror: recipe === 'fixed' ? mirrored1 : mirroredLocal, ...drawPhotometric(random, settings.local) },
  };
}

/** Makes the views: scale, mirror, pad and crop once for view 1 and the local view; then mirror and colours for each. */
export function makeViews(picture: Picture, parameters: ViewParameters): Views {
  const { size, view1, view2, local } = parameters;
  const scaled = scale(picture, parameters.scale);
  const cut = paddedCrop(parameters.mirror ? mirror(scaled) : scaled, size, parameters.place);
  const finish = (view: Picture, steps: Photometric & { mirror: boolean }) => photometric(steps.mirror ? mirror(view) : view, steps);
  return {
    view1: finish(cut.picture, view1),
    view2: finish(resizedCrop(picture, view2.rectangle, size), view2),
    local: finish(cut.picture, local),
    box: parameters.mirrorBox ? mirrorBox(cut.box, size) : cut.box,
  };
}
