import { type LabelMap, labelsOfMask, type Size } from '../dataset.js';
import { named } from '../read-file.js';
import { readPictureSize } from './read-picture.js';

/** @throws Error if two sizes differ: `mask a.png is 4×3, its image a.jpg 5×3; they must be equal` */
export function checkSameSize(name: string, found: Size, other: string, expected: Size): void {
  if (found.width !== expected.width || found.height !== expected.height)
    throw new Error(`${name} is ${found.width}×${found.height}, ${other} ${expected.width}×${expected.height}; they must be equal`);
}

/**
 * The mask of a picture, and the labels in it, as {@link labelsOfMask} gives them.
 *
 * @param name what errors call the mask
 * @param image the picture's file
 * @param classes number of classes C
 * @throws Error naming the mask if it has another size than the picture, or a label that is neither 0..C nor 255
 */
export async function maskOfPicture(name: string, read: Promise<LabelMap>, image: string, classes: number) {
  const [mask, size] = await Promise.all([read, readPictureSize(image)]);
  checkSameSize(name, mask, `its image ${image}`, size);
  return { mask, labels: await named(name, () => labelsOfMask(mask, classes)) };
}
