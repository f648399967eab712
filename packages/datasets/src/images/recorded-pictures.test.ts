import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { difference } from '../test/recorded-case.js';
import { readPicture, readPictureSize } from './read-picture.js';

// Pictures and what PIL 12.3 makes of them, recorded by tools/scripts/record-pictures.py.
const folder = join(import.meta.dirname, '../../../../fixtures/pictures');
const names = readdirSync(folder).filter(name => !/\..*\.png$/.test(name));

it.each(names)('%s has the pixels that PIL gives', async name => {
  const [found, expected] = await Promise.all([name, `${name}.png`].map(file => readPicture(join(folder, file))));
  expect([found!.width, found!.height]).toEqual([expected!.width, expected!.height]);
  expect(difference(found!.data, expected!.data).largest).toBe(0);
  expect(await readPictureSize(join(folder, name))).toMatchObject({ width: found!.width, height: found!.height });
});
