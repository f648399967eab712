import type { Picture } from '@wsss/datasets/shapes';

/** A picture under its name. */
interface Named {
  name: string;
  picture: Picture;
}

/** Whether two pictures have the same pixels. */
export function samePicture(a: Picture, b: Picture): boolean {
  return a === b || (a.width === b.width && a.height === b.height && a.data.every((value, i) => value === b.data[i]));
}

/** A name that no other picture has: cameras and clipboards call all of theirs the same. `image.png` becomes `image-2.png`. */
export function ownName({ name, picture }: Named, others: readonly Named[]): string {
  const [, stem = name, ending = ''] = /^(.*?)(\.[^.]*)?$/s.exec(name) ?? [];
  for (let number = 1; ; number++) {
    const wanted = number === 1 ? name : `${stem}-${number}${ending}`;
    const holder = others.find(other => other.name === wanted);
    if (!holder || samePicture(holder.picture, picture)) return wanted;
  }
}
