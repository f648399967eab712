// A small data set in the form `folder`, for kills.mjs.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writePalettePng } from '@wsss/datasets';
import sharp from 'sharp';

/** Writes `train` and `val` of so many small pictures with masks, of two classes in turn. */
export async function smallPictures(root, count) {
  for (const split of ['train', 'val'])
    for (let i = 0; i < count; i++) {
      const name = ['disc', 'ring'][i % 2];
      for (const folder of [join(root, split, name), join(root, split, 'masks', name)]) mkdirSync(folder, { recursive: true });
      const background = { r: (37 * i) % 256, g: (91 * i) % 256, b: 128 };
      await sharp({ create: { width: 40, height: 32, channels: 3, background } })
        .jpeg()
        .toFile(join(root, split, name, `${i}.jpg`));
      const data = Uint8Array.from({ length: 40 * 32 }, (_, pixel) => (pixel % 40 < 16 ? 1 + (i % 2) : 0));
      await writePalettePng(join(root, split, 'masks', name, `${i}.png`), { width: 40, height: 32, data });
    }
}
