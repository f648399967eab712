import { expect, it } from 'vitest';
import { recordedCase } from '../test/recorded-case.js';
import { vocPalette } from './palette.js';

it('begins and ends with the known colors', () => {
  const color = (label: number) => [...vocPalette.subarray(label * 3, label * 3 + 3)];
  expect(color(0)).toEqual([0, 0, 0]);
  expect(color(1)).toEqual([128, 0, 0]);
  expect(color(2)).toEqual([0, 128, 0]);
  expect(color(15)).toEqual([192, 128, 128]);
  expect(color(255)).toEqual([224, 224, 192]);
});

it('equals the recorded palette', () => {
  expect(vocPalette).toEqual(recordedCase('transforms').bytes('colormap'));
});
