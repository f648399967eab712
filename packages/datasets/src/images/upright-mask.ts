import { type LabelMap, labelsOfMask, type Size } from '../dataset.js';
import { named } from '../read-file.js';
import { readPictureSize, type StoredPicture } from './read-picture.js';

/** @throws Error if two sizes differ: `mask a.png is 4×3, its image a.jpg 5×3; they must be equal` */
export function checkSameSize(name: string, found: Size, other: string, expected: Size): void {
  if (!sameSize(found, expected))
    throw new Error(`${name} is ${found.width}×${found.height}, ${other} ${expected.width}×${expected.height}; they must be equal`);
}

const sameSize = (a: Size, b: Size) => a.width === b.width && a.height === b.height;

/**
 * A mask as it lies on its upright picture. Masks are drawn on upright pictures, as annotation tools show them, unless their size says
 * that it was the stored one: then they are turned with it.
 *
 * @throws Error naming the mask if it has neither size
 */
export function uprightMask(name: string, mask: LabelMap, image: string, picture: StoredPicture): LabelMap {
  if (sameSize(mask, picture)) return mask;
  if (picture.orientation < 5 || !sameSize(mask, picture.stored)) checkSameSize(name, mask, `its image ${image}`, picture);
  return turned(mask, picture.orientation);
}

/** @throws Error like {@link uprightMask}, for a mask of which only the size is known */
export async function uprightSize(name: string, size: Size, image: string): Promise<void> {
  const picture = await readPictureSize(image);
  if (!sameSize(size, picture) && (picture.orientation < 5 || !sameSize(size, picture.stored)))
    checkSameSize(name, size, `its image ${image}`, picture);
}

/** A label map of stored pixels turned upright, by the EXIF orientation 5 to 8 of its picture. */
function turned({ width, height, data }: LabelMap, orientation: number): LabelMap {
  const upright = { width: height, height: width, data: new Uint8Array(data.length) };
  const [fromRight, fromBelow] = [orientation === 6 || orientation === 7, orientation === 7 || orientation === 8];
  for (let y = 0; y < height; y++) {
    const x = fromRight ? height - 1 - y : y; // a stored row becomes a column
    for (let column = 0; column < width; column++) {
      const row = fromBelow ? width - 1 - column : column;
      upright.data[row * height + x] = data[y * width + column]!;
    }
  }
  return upright;
}

/**
 * The mask of a picture, upright, and the labels in it, as {@link labelsOfMask} gives them.
 *
 * @param name what errors call the mask
 * @param image the picture's file
 * @param classes number of classes C
 * @throws Error naming the mask if it has another size than the picture, or a label that is neither 0..C nor 255
 */
export async function maskOfPicture(name: string, read: Promise<LabelMap>, image: string, classes: number) {
  const [found, picture] = await Promise.all([read, readPictureSize(image)]);
  const mask = uprightMask(name, found, image, picture);
  return { mask, labels: await named(name, () => labelsOfMask(mask, classes)) };
}
