import { expect, it } from 'vitest';
import { cocoOf } from './coco.js';

it('has an annotation for each class in each picture', () => {
  const mask = { width: 3, height: 2, data: Uint8Array.of(0, 2, 2, 0, 0, 2) };
  const empty = { width: 1, height: 1, data: Uint8Array.of(0) };
  expect(
    JSON.parse(
      cocoOf(
        ['cat', 'dog'],
        [
          { name: 'a.jpg', mask },
          { name: 'b.jpg', mask: empty },
        ],
      ),
    ),
  ).toEqual({
    images: [
      { id: 1, file_name: 'a.jpg', width: 3, height: 2 },
      { id: 2, file_name: 'b.jpg', width: 1, height: 1 },
    ],
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    annotations: [
      { id: 1, image_id: 1, category_id: 2, segmentation: { size: [2, 3], counts: [2, 1, 1, 2] }, area: 3, bbox: [1, 0, 2, 2], iscrowd: 0 },
    ],
  });
});
