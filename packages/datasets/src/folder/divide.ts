import { createRandom } from '../random.js';
import type { ListedPicture } from './picture-list.js';
import { splitMeant } from './splits.js';

/** Of data that is not divided, every so manieth picture is for validation. */
const heldOutShare = 10;

/**
 * The pictures of a split, of a list that has all: by the names of splits that it gives; or the pictures with masks for `val`, if others
 * have none; or a tenth for `val`, chosen by the pictures' names alone.
 *
 * @throws Error if there is no such split, or too few pictures for one in ten
 */
export function divide(
  root: string,
  pictures: readonly ListedPicture[],
  split: string,
  hasMask: (picture: ListedPicture) => boolean,
): ListedPicture[] {
  const named = [...new Set(pictures.flatMap(picture => picture.split ?? []))];
  if (named.length) {
    const meant = splitMeant(split, named, `folder ${root}`);
    const where = pictures[0]!.origin.startsWith('labels.csv') ? 'the column split has' : 'its lists are of';
    if (meant === undefined) throw new Error(`folder ${root} has no split ${split}; ${where} ${named.join(', ')}`);
    return pictures.filter(picture => picture.split === meant);
  }
  if (split !== 'train' && split !== 'val')
    throw new Error(`folder ${root} is not divided into splits, so there are train and val; found ${JSON.stringify(split)}`);
  const masked = pictures.filter(hasMask).length;
  const heldOut =
    masked > 0 && masked < pictures.length
      ? hasMask
      : ({ id }: ListedPicture) => createRandom(0, 'held out', id).integer(0, heldOutShare) === 0;
  const found = pictures.filter(picture => heldOut(picture) === (split === 'val'));
  if (!found.length && pictures.length)
    throw new Error(
      `folder ${root} is not divided into splits, so every tenth picture is held back for val, by its name; of these ${pictures.length} ` +
        `that leaves none for ${split}: divide them yourself, into folders train/ and val/ or by a column split`,
    );
  return found;
}
