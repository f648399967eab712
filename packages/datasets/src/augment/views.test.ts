import { describe, expect, it } from 'vitest';
import '../test/build.js';
import type { Picture } from '../dataset.js';
import { createRandom } from '../random.js';
import { mirror } from './mirror.js';
import { mirrorBox, paddedCrop } from './padded-crop.js';
import { type Photometric, photometricSteps } from './photometric.js';
import { throughSteps } from './pixel-memory.js';
import { resizedCrop } from './random-resized-crop.js';
import { scale } from './resize.js';
import { checkAugmentation, defaultAugmentation } from './settings.js';
import { drawViews, makeViews } from './views.js';

const random = createRandom(1);
const picture: Picture = { width: 60, height: 45, data: Uint8Array.from({ length: 60 * 45 * 3 }, () => random.integer(1, 256)) };
const draw = (recipe: 'fixed' | 'paper', i: number, settings = defaultAugmentation) =>
  drawViews(createRandom(7, i), picture, 48, recipe, settings);
const off = { jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 }, grayscale: { probability: 0 } };
const photometric = (picture: Picture, steps: Photometric) => throughSteps(picture, ...photometricSteps(steps));
const noColors = {
  ...off,
  mirror: 0.5,
  blur: { probability: 0, radius: [1, 1] as const },
  solarize: { probability: 0, threshold: 128 },
};
const geometry = { ...defaultAugmentation, view1: noColors, local: noColors };

describe('makeViews', () => {
  it('is determined by its parameters, which survive being sent as data', () => {
    const parameters = draw('fixed', 0);
    const views = makeViews(picture, parameters);
    expect(makeViews(picture, structuredClone(parameters))).toEqual(views);
    for (const view of [views.view1, views.view2, views.local])
      expect([view.width, view.height, view.data.length]).toEqual([48, 48, 48 * 48 * 3]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('is what the transforms make one after the other (%i)', i => {
    const parameters = draw(i % 2 ? 'fixed' : 'paper', i, { ...defaultAugmentation, scale: [0.3, 3] });
    const { size, place, view1, view2, local } = parameters;
    const scaled = scale(picture, parameters.scale);
    const cut = paddedCrop(parameters.mirror ? mirror(scaled) : scaled, size, place);
    const finish = (view: Picture, steps: typeof view1) => photometric(steps.mirror ? mirror(view) : view, steps);
    expect(makeViews(picture, parameters)).toEqual({
      view1: finish(cut.picture, view1),
      view2: finish(resizedCrop(picture, view2.rectangle, size), view2),
      local: finish(cut.picture, local),
      box: parameters.mirrorBox ? mirrorBox(cut.box, size) : cut.box,
    });
  });

  it('fixed: view 1 and local view show the same pixels, and black lies outside the box', () => {
    for (let i = 0; i < 30; i++) {
      const { view1, local, box } = makeViews(picture, draw('fixed', i, geometry));
      expect(view1).toEqual(local);
      const [top, bottom, left, right] = box;
      for (let y = 0; y < 48; y++)
        for (let x = 0; x < 48; x++) expect(view1.data[(y * 48 + x) * 3]! > 0).toBe(y >= top && y < bottom && x >= left && x < right);
    }
  });

  it('paper: each is mirrored by its own chance and the box stays', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const parameters = draw('paper', i, geometry);
      expect(parameters.mirrorBox).toBe(false);
      const { view1, local } = makeViews(picture, parameters);
      const differ = parameters.view1.mirror !== parameters.local.mirror;
      expect(view1).toEqual(differ ? mirror(local) : local);
      seen.add(`${parameters.view1.mirror} ${parameters.local.mirror}`);
    }
    expect(seen.size).toBe(4);
  });

  it('takes view 2 from the original picture', () => {
    const whole = { ...noColors, mirror: 0, resizedCrop: { area: [1, 1] as const, aspect: [60 / 45, 60 / 45] as const } };
    const { view2 } = makeViews(picture, draw('fixed', 1, { ...defaultAugmentation, view2: whole }));
    expect(view2).toEqual(makeViews(picture, draw('paper', 5, { ...defaultAugmentation, view2: whole })).view2);
  });
});

describe('defaultAugmentation', () => {
  it('takes each step as often as it says', () => {
    const n = 2000;
    const counts: Record<string, number> = {};
    for (let i = 0; i < n; i++) {
      const { view1, view2, local, mirror } = draw('paper', i);
      for (const [name, view] of Object.entries({ view1, view2, local }))
        for (const [step, drawn] of Object.entries({ ...view, jitter: view.jitter !== undefined }))
          if (step !== 'rectangle' && drawn !== false && drawn !== undefined)
            counts[`${name} ${step}`] = (counts[`${name} ${step}`] ?? 0) + 1;
      if (mirror) counts.mirror = (counts.mirror ?? 0) + 1;
    }
    const expected: Record<string, number> = { mirror: 0.5, 'view1 blur': 1, 'view2 blur': 0.1, 'local blur': 0.5, 'view2 solarize': 0.2 };
    for (const name of ['view1', 'view2', 'local'])
      Object.assign(expected, { [`${name} mirror`]: 0.5, [`${name} jitter`]: 0.8, [`${name} grayscale`]: 0.2 });
    expect(Object.keys(counts).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, probability] of Object.entries(expected)) expect(Math.abs(counts[name]! / n - probability)).toBeLessThan(0.04);
  });

  it('changes colors in the order jitter, gray, blur, solarize', () => {
    const steps = { jitter: [['brightness', 2]] as const, grayscale: true, solarize: 100 };
    const one: Picture = { width: 1, height: 1, data: Uint8Array.of(30, 60, 90) };
    expect([...photometric(one, steps).data]).toEqual([146, 146, 146]); // 60, 120, 180 → gray 108.9 → 255 − 109
    expect(photometric(one, { grayscale: false })).toEqual(one);
  });

  it('is checked', () => {
    checkAugmentation(defaultAugmentation);
    expect(() => checkAugmentation({ ...defaultAugmentation, scale: [0, 2] })).toThrow(
      'augmentation.scale must be a range 0 < low ≤ high, found [0,2]',
    );
    expect(() => checkAugmentation({ ...defaultAugmentation, mirror: 1.5 })).toThrow('augmentation.mirror must be a probability');
    const view1 = { ...defaultAugmentation.view1, jitter: { ...defaultAugmentation.view1.jitter, hue: 0.6 } };
    expect(() => checkAugmentation({ ...defaultAugmentation, view1 })).toThrow(
      'augmentation.view1.jitter.hue must be from 0 to 0.5, found 0.6',
    );
    const view2 = { ...defaultAugmentation.view2, resizedCrop: { area: [0.4, 1.2] as const, aspect: [1, 1] as const } };
    expect(() => checkAugmentation({ ...defaultAugmentation, view2 })).toThrow(
      'augmentation.view2.resizedCrop.area must be a range 0 < low ≤ high ≤ 1',
    );
  });
});
