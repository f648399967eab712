import { describe, expect, it } from 'vitest';
import '../test/build.js';
import type { Picture } from '../dataset.js';
import { createRandom } from '../random.js';
import { recordedCase } from '../test/recorded-case.js';
import { crop, drawPaddedCrop, mirrorBox, paddedCrop } from './padded-crop.js';
import { drawRandomResizedCrop, resizedCrop } from './random-resized-crop.js';

/** Every pixel (row, column, 1), so that each shows where it comes from and is not 0. */
const coordinates = (width: number, height: number): Picture => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => [Math.floor(i / 3 / width), Math.floor(i / 3) % width, 1][i % 3]!),
});

describe('crop', () => {
  it('cuts inside and fills with black outside', () => {
    const three = coordinates(3, 2);
    expect([...crop(three, { top: 1, left: 1, height: 1, width: 2 }).data]).toEqual([1, 1, 1, 1, 2, 1]);
    expect([...crop(three, { top: -1, left: 2, height: 2, width: 2 }).data]).toEqual([0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0]);
    expect(crop(three, { top: 5, left: -9, height: 1, width: 1 }).data.every(value => value === 0)).toBe(true);
  });
});

describe('paddedCrop', () => {
  interface Recorded {
    h: number;
    w: number;
    H_pad: number;
    W_pad: number;
    H_start: number;
    W_start: number;
    img_box: number[];
  }
  const recorded = recordedCase('random_crop');
  const cases = (recorded.description.values.cases as Recorded[]).map((place, i) => ({ i, ...place }));
  it.each(cases)('equals recorded crop $i of $w×$h', ({ i, h, w, H_pad, W_pad, H_start, W_start, img_box }) => {
    const base = recorded.picture('base');
    const picture = crop(base, { top: 0, left: 0, height: h, width: w });
    const cut = paddedCrop(picture, 48, { padTop: H_pad, padLeft: W_pad, top: H_start, left: W_start });
    expect(cut.picture.data).toEqual(recorded.bytes(`crop${i}`));
    expect(cut.box).toEqual(img_box);
  });

  it('shows the picture inside the box and black outside, for any drawn place', () => {
    const random = createRandom(1);
    for (let i = 0; i < 60; i++) {
      const picture = coordinates(random.integer(1, 40), random.integer(1, 40));
      const { picture: cut, box } = paddedCrop(picture, 16, drawPaddedCrop(random, picture, 16));
      const [top, bottom, left, right] = box;
      expect(bottom - top).toBe(Math.min(16, picture.height));
      expect(right - left).toBe(Math.min(16, picture.width));
      for (let y = 0; y < 16; y++)
        for (let x = 0; x < 16; x++) expect(cut.data[(y * 16 + x) * 3 + 2]).toBe(y >= top && y < bottom && x >= left && x < right ? 1 : 0);
    }
  });

  it('reaches every place', () => {
    const random = createRandom(2);
    const places = new Set(Array.from({ length: 300 }, () => JSON.stringify(drawPaddedCrop(random, { width: 2, height: 6 }, 4))));
    expect(places.size).toBe(3 * 3);
  });

  it('mirrors its box', () => expect(mirrorBox([1, 5, 2, 9], 10)).toEqual([1, 5, 1, 8]));
});

describe('drawRandomResizedCrop', () => {
  const settings = { area: [0.4, 1], aspect: [3 / 4, 4 / 3] } as const;

  it('stays inside the picture, within area and aspect', () => {
    const random = createRandom(3);
    for (let i = 0; i < 300; i++) {
      const { top, left, height, width } = drawRandomResizedCrop(random, { width: 500, height: 375 }, settings);
      expect(top >= 0 && left >= 0 && top + height <= 375 && left + width <= 500).toBe(true);
      expect(height * width).toBeGreaterThan(0.395 * 500 * 375);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.35);
    }
  });

  it('falls back to the center of pictures that are too long', () => {
    expect(drawRandomResizedCrop(createRandom(1), { width: 1000, height: 10 }, settings)).toEqual({
      top: 0,
      left: 493,
      height: 10,
      width: 13,
    });
    expect(drawRandomResizedCrop(createRandom(1), { width: 10, height: 1000 }, settings)).toEqual({
      top: 493,
      left: 0,
      height: 13,
      width: 10,
    });
    expect(drawRandomResizedCrop(createRandom(1), { width: 1, height: 1 }, settings)).toEqual({ top: 0, left: 0, height: 1, width: 1 });
  });

  it('resizes the rectangle alone: what surrounds it does not bleed in', () => {
    const half: Picture = { width: 8, height: 4, data: Uint8Array.from({ length: 96 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 10 : 250)) };
    expect(resizedCrop(half, { top: 0, left: 0, height: 4, width: 4 }, 9).data.every(value => value === 10)).toBe(true);
  });
});
