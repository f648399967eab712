import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedCase } from '../test/recorded-case.js';
import { cocoLabelMap, type LabeledSegmentation } from './label-map.js';
import type { CocoSegmentation } from './segmentation.js';

const size = { width: 4, height: 3 };
const one = (segmentation: unknown, label = 1): LabeledSegmentation => ({
  name: 'annotation 34',
  label,
  segmentation: segmentation as CocoSegmentation,
});
const labels = (...annotations: LabeledSegmentation[]) => [...cocoLabelMap(size, annotations).data];

describe('cocoLabelMap', () => {
  it('keeps the first label of a pixel and unites the parts of an annotation', () => {
    const left = [[0, 0, 2, 0, 2, 3, 0, 3]];
    const middle = { size: [3, 4], counts: [3, 6, 3] };
    expect(labels(one(left, 5), one(middle, 9))).toEqual([5, 5, 9, 0, 5, 5, 9, 0, 5, 5, 9, 0]);
    expect(labels(one(middle, 9), one(left, 5))).toEqual([5, 9, 9, 0, 5, 9, 9, 0, 5, 9, 9, 0]);
    const overlapping = [
      [0, 0, 2, 0, 2, 3, 0, 3],
      [1, 0, 3, 0, 3, 3, 1, 3],
    ];
    expect(labels(one(overlapping))).toEqual([1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0]);
  });

  it('takes four numbers for a box, and compressed run lengths', () => {
    expect(labels(one([[1, 1, 2, 1]]))).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
    expect(labels(one({ size: [3, 4], counts: '363' }))).toEqual(labels(one({ size: [3, 4], counts: [3, 6, 3] })));
    expect(labels()).toEqual(new Array(12).fill(0));
  });

  it('equals the recorded masks', () => {
    const recorded = recordedCase('parse_coco');
    const file = join(import.meta.dirname, '../../../../fixtures/golden/parse_coco.annotations.json');
    const { category_ids, images } = JSON.parse(readFileSync(file, 'utf8'));
    for (const image of images) {
      const annotations = image.annotations.map((annotation: { category_id: number; segmentation: unknown }) =>
        one(annotation.segmentation, category_ids.indexOf(annotation.category_id) + 1 || 255),
      );
      expect(cocoLabelMap(image, annotations).data).toEqual(recorded.bytes(`mask${image.id}`));
    }
    expect(images.length).toBeGreaterThan(3);
  });

  it('takes no memory for sizes that no image has', () => {
    const { arrayBuffers } = process.memoryUsage();
    for (const huge of [
      { width: 65_535, height: 65_535 },
      { width: 8193, height: 8192 },
    ])
      expect(() => cocoLabelMap(huge, [])).toThrow(
        /^no label map for the image: it is \d+×\d+, \d+ million pixels, of which at most 67 million are read/,
      );
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(1e6);
    expect(cocoLabelMap({ width: 8192, height: 8192 }, []).data.length).toBe(2 ** 26);
  });

  it.each([
    [[], 'annotation 34: its segmentation is empty'],
    [undefined, 'annotation 34: it has no segmentation; expected polygons, or run lengths'],
    [{ counts: [12] }, 'it has no segmentation'],
    [[[1, 2, 3]], 'polygon 0 has 3 numbers; expected 4 (a box) or x, y of at least 3 points'],
    [[[0, 0, 1, 0, 1, 1], 5], 'polygon 1 is no list of numbers'],
    [[[0, 0, 1, null, 1, 1]], 'polygon 0 has null in place 3; expected a number'],
    [[[0, 0, 1, Number.NaN, 1, 1]], 'polygon 0 has NaN in place 3; expected a number'],
    [[[5, 0, 7, 0, 7, 2]], 'polygon 0 lies outside the image of 4×3 (it spans x 5 to 7, y 0 to 2)'],
    [[[-2, -5, 1, -5, 1, -1]], 'polygon 0 lies outside the image'],
    [[[0, 0, 1e9, 0, 1, 1]], 'polygon 0 has an outline 1999999999 pixels long, which is far too much'],
    [{ size: [4, 3], counts: [12] }, 'its run lengths are for an image of 3×4, but the image is 4×3'],
    [{ size: [3, 4], counts: [3, 6] }, 'its run lengths add up to 9, but the image has 4×3 = 12 pixels'],
    [{ size: [3, 4], counts: '36' }, 'its run lengths add up to 9'],
    [{ size: [3, 4], counts: '36P' }, 'its compressed run lengths end inside a number'],
  ])('refuses %j', (segmentation, message) => {
    expect(() => labels(one(segmentation))).toThrow(message);
  });
});
