import { expect, it } from 'vitest';
import { ownName, samePicture } from './same-picture.js';

const picture = (...data: number[]) => ({ width: data.length / 3, height: 1, data: Uint8Array.from(data) });

it('knows a picture by its pixels', () => {
  expect(samePicture(picture(1, 2, 3), picture(1, 2, 3))).toBe(true);
  expect(samePicture(picture(1, 2, 3), picture(1, 2, 4))).toBe(false);
  expect(samePicture(picture(1, 2, 3), picture(1, 2, 3, 4, 5, 6))).toBe(false);
});

it('gives another picture of the same name another one, and the same picture its own', () => {
  const others = [
    { name: 'image.png', picture: picture(1, 1, 1) },
    { name: 'image-2.png', picture: picture(2, 2, 2) },
  ];
  expect(ownName({ name: 'image.png', picture: picture(1, 1, 1) }, others)).toBe('image.png');
  expect(ownName({ name: 'image.png', picture: picture(2, 2, 2) }, others)).toBe('image-2.png');
  expect(ownName({ name: 'image.png', picture: picture(3, 3, 3) }, others)).toBe('image-3.png');
  expect(ownName({ name: 'camera', picture: picture(3, 3, 3) }, [{ name: 'camera', picture: picture(0, 0, 0) }])).toBe('camera-2');
});
