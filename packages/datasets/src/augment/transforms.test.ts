import { describe, expect, it } from 'vitest';
import '../test/build.js';
import type { Picture } from '../dataset.js';
import { createRandom } from '../random.js';
import { difference, recordedCase } from '../test/recorded-case.js';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, grayscale, solarize } from './colors.js';
import { gaussianBlur } from './gaussian-blur.js';
import { mirror } from './mirror.js';
import { drawColorJitter, type Photometric, photometricSteps } from './photometric.js';
import { throughSteps } from './pixel-memory.js';
import { resizedCrop } from './random-resized-crop.js';
import { resize, scale } from './resize.js';

const picture = (width: number, height: number, ...data: number[]): Picture => ({ width, height, data: Uint8Array.from(data) });
const noise = (width: number, height: number, seed = 1): Picture => {
  const random = createRandom(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 256)) };
};

describe('by hand', () => {
  it('mirrors pixels, not channels', () => {
    expect(mirror(picture(2, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))).toEqual(picture(2, 2, 4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9));
  });

  it('solarizes from the threshold on', () => {
    expect([...solarize(picture(2, 1, 0, 127, 128, 200, 255, 129)).data]).toEqual([0, 127, 127, 55, 0, 126]);
    expect([...solarize(picture(1, 1, 9, 10, 11), 10).data]).toEqual([9, 245, 244]);
  });

  it('weighs the channels for gray', () => {
    expect([...grayscale(picture(4, 1, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255)).data].filter((_, i) => i % 3 === 0)).toEqual([
      76, 150, 29, 255,
    ]);
    expect([...grayscale(picture(1, 1, 255, 0, 0)).data]).toEqual([76, 76, 76]);
  });

  it('brightens, adds contrast and saturates by blending', () => {
    expect([...adjustBrightness(picture(1, 1, 101, 200, 0), 1.5).data]).toEqual([151, 255, 0]); // rounded down, clamped
    expect([...adjustBrightness(picture(1, 1, 101, 200, 0), 0).data]).toEqual([0, 0, 0]);
    // the mean is 150.5, rounded to 151
    expect([...adjustContrast(picture(2, 1, 100, 100, 100, 201, 201, 201), 0.5).data]).toEqual([125, 125, 125, 176, 176, 176]);
    expect([...adjustSaturation(picture(1, 1, 255, 0, 0), 0).data]).toEqual([76, 76, 76]);
    expect([...adjustSaturation(picture(1, 1, 255, 0, 0), 1).data]).toEqual([255, 0, 0]);
  });

  it('turns red to green and to blue by a third of the circle', () => {
    expect([...adjustHue(picture(1, 1, 255, 0, 0), 1 / 3).data]).toEqual([0, 255, 0]);
    expect([...adjustHue(picture(1, 1, 255, 0, 0), -1 / 3).data]).toEqual([6, 0, 255]); // −85 of 256 steps, blue is at 170 of 255
    expect([...adjustHue(picture(1, 1, 90, 90, 90), 0.3).data]).toEqual([90, 90, 90]);
  });

  it('averages when it halves and repeats when it is told to keep the size', () => {
    // halving reaches over 2 + 2 pixels with weights 1/8 3/8 3/8 1/8, renormalized at the edges to 3/7 3/7 1/7
    const gray = (...values: number[]) => picture(values.length, 1, ...values.flatMap(value => [value, value, value]));
    expect([...resize(gray(0, 70, 140, 210), { width: 2, height: 1 }, 'bilinear').data].filter((_, i) => i % 3 === 0)).toEqual([50, 160]);
    const any = noise(7, 5);
    expect(resize(any, { width: 7, height: 5 }, 'bilinear')).toEqual(any);
    expect(resize(any, { width: 7, height: 5 }, 'bicubic')).toEqual(any);
  });

  it('blurs a dot into a symmetric bump of the same sum, and nothing with radius 0', () => {
    const dot = picture(9, 9, ...Array.from({ length: 243 }, (_, i) => (i >= 120 && i < 123 ? 255 : 0)));
    const { data } = gaussianBlur(dot, 1);
    const at = (x: number, y: number) => data[(y * 9 + x) * 3]!;
    expect(at(3, 4)).toBe(at(5, 4));
    expect(at(4, 3)).toBe(at(4, 5));
    expect(at(4, 4)).toBeGreaterThan(at(3, 4));
    expect(Math.abs(data.reduce((sum, value) => sum + value, 0) / 3 - 255)).toBeLessThan(20);
    const any = noise(8, 6);
    expect(gaussianBlur(any, 0)).toEqual(any);
    const flat = picture(3, 2, ...new Array<number>(18).fill(77));
    expect(gaussianBlur(flat, 2)).toEqual(flat);
  });
});

describe('recorded with PIL and torchvision', () => {
  const recorded = recordedCase('transforms');
  const image = recorded.picture('image');
  const { crop, crop_up } = recorded.description.settings as Record<'crop' | 'crop_up', [number, number, number, number]>;
  const rectangle = ([top, left, height, width]: [number, number, number, number]) => ({ top, left, height, width });
  const cases: [string, () => Picture][] = [
    ...[0.73, 1.6, 0.5, 2].map((factor): [string, () => Picture] => [`scale_${factor === 2 ? '2.0' : factor}`, () => scale(image, factor)]),
    ['short_96', () => scale(image, 96 / 75)],
    ...[0.1, 0.5, 1.3, 2].map((radius): [string, () => Picture] => [
      `blur_${radius === 2 ? '2.0' : radius}`,
      () => gaussianBlur(image, radius),
    ]),
    ['solarize', () => solarize(image)],
    ['brightness_0.6', () => adjustBrightness(image, 0.6)],
    ['brightness_1.4', () => adjustBrightness(image, 1.4)],
    ['contrast_0.6', () => adjustContrast(image, 0.6)],
    ['contrast_1.4', () => adjustContrast(image, 1.4)],
    ['saturation_0.8', () => adjustSaturation(image, 0.8)],
    ['saturation_1.2', () => adjustSaturation(image, 1.2)],
    ['hue_-0.1', () => adjustHue(image, -0.1)],
    ['hue_0.07', () => adjustHue(image, 0.07)],
    ['hue_0.1', () => adjustHue(image, 0.1)],
    ['grayscale', () => grayscale(image)],
    ['hflip', () => mirror(image)],
    ['resized_crop_bicubic', () => resizedCrop(image, rectangle(crop), 56)],
    ['resized_crop_bicubic_up', () => resizedCrop(image, rectangle(crop_up), 64)],
  ];
  it.each(cases)('%s is equal, byte for byte', (name, transform) => {
    const before = image.data.slice();
    const expected = recorded.picture(name);
    const found = transform();
    expect([found.width, found.height]).toEqual([expected.width, expected.height]);
    expect(difference(found.data, expected.data)).toEqual({ largest: 0, mean: 0 });
    expect(image.data).toEqual(before);
  });
});

describe('properties', () => {
  it('draws jitter within its range, in every order, and leaves out what is off', () => {
    const random = createRandom(4);
    const orders = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const jitter = drawColorJitter(random, { brightness: 0.4, contrast: 1.5, saturation: 0.2, hue: 0.1 });
      orders.add(jitter.map(([name]) => name).join());
      for (const [name, amount] of jitter) {
        const [low, high] = { brightness: [0.6, 1.4], contrast: [0, 2.5], saturation: [0.8, 1.2], hue: [-0.1, 0.1] }[name] as [
          number,
          number,
        ];
        expect(amount >= low && amount <= high).toBe(true);
      }
    }
    expect(orders.size).toBe(24);
    expect(drawColorJitter(random, { brightness: 0, contrast: 0, saturation: 0, hue: 0 })).toEqual([]);
  });

  it('applies jitter in the drawn order', () => {
    const any = noise(5, 4);
    const colorJitter = (picture: Picture, jitter: Photometric['jitter']) =>
      throughSteps(picture, ...photometricSteps({ jitter, grayscale: false }));
    expect(
      colorJitter(any, [
        ['brightness', 1.4],
        ['contrast', 0.6],
      ]),
    ).toEqual(adjustContrast(adjustBrightness(any, 1.4), 0.6)); // prettier-ignore
    expect(colorJitter(any, [])).toEqual(any);
  });

  it('works on single pixels and lines', () => {
    for (const any of [noise(1, 1), noise(1, 6), noise(6, 1)]) {
      expect(gaussianBlur(any, 2).data.length).toBe(any.data.length);
      expect(resize(any, { width: 3, height: 4 }, 'bicubic').data.length).toBe(36);
    }
    expect(scale(noise(3, 1), 0.5)).toMatchObject({ width: 1, height: 1 });
  });

  it('refuses what makes no picture', () => {
    expect(() => resize(noise(2, 2), { width: 0, height: 2 }, 'bilinear')).toThrow('positive integers, found 0×2');
    expect(() => resize(noise(2, 2), { width: 1.5, height: 2 }, 'bilinear')).toThrow('1.5×2');
    expect(() => gaussianBlur(noise(2, 2), -1)).toThrow('radius must be ≥ 0, found -1');
  });
});
