import { describe, expect, it } from 'vitest';
import { backboneOf, checkRecipe, overlay } from './check-recipe.js';
import { coco, cocoShares } from './coco.js';
import { scheduleOf } from './schedule.js';
import { shapes } from './shapes.js';
import { voc, vocShares } from './voc.js';

describe('overlay', () => {
  it('lays nested settings over the defaults and leaves the rest', () => {
    const recipe = overlay(
      voc,
      {
        crop: 256,
        optimizer: { power: 1 },
        cam: { scales: [1] },
        backbone: { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 },
      },
      'my.json',
    );
    expect([recipe.crop, recipe.optimizer.power, recipe.optimizer.learningRate, recipe.cam.scales]).toEqual([256, 1, 6e-5, [1]]);
    expect(voc.crop).toBe(448);
    expect(overlay(voc, JSON.parse(JSON.stringify(voc)), 'recipe.json')).toEqual(voc);
  });

  it.each([
    [{ corp: 256 }, /my\.json: unknown key "corp"; known here are variant, backbone/],
    [{ optimizer: { lr: 1 } }, /unknown key "optimizer\.lr"; known here are learningRate/],
    [{ crop: '256' }, /my\.json: crop is "256", expected a number like 448/],
    [{ cam: { scales: [1, 'x'] } }, /cam\.scales\.1 is "x", expected a number like 0\.5/],
    [{ cam: { scales: [] } }, /cam\.scales is \[\], expected at least 1 values/],
    [
      { backbone: { imageSize: 32, patchSize: 8, embedSize: 1e9, depth: 4, heads: 2 } },
      /backbone\.embedSize is 1000000000, expected at most 16384/,
    ],
    [{ backbone: { imageSize: 32, size: 8 } }, /my\.json: backbone\.patchSize is missing, expected a number/],
    [{ backbone: 5 }, /backbone is 5, expected the name of a backbone, or its sizes like/],
    [{ optimizer: { beta1: 1.5 } }, /optimizer\.beta1 is 1\.5, expected at most 1 like 0\.9/],
    [{ seed: 1.5 }, /seed is 1\.5, expected a whole number like 0/],
    [{ cam: 3 }, /cam must be an object, found 3/],
    [{ variant: 'thesis' }, /variant is "thesis"/],
    [{ optimizer: { projectorLearningRate: -1 } }, /optimizer\.projectorLearningRate is -1/],
    [{ schedule: { segmentationAfter: 1.5 } }, /schedule\.segmentationAfter is 1\.5/],
    [[], /the recipe must be an object/],
  ])('refuses %j', (settings, message) => {
    expect(() => overlay(voc, settings, 'my.json')).toThrow(message);
  });
});

describe('checkRecipe', () => {
  it('accepts the recipes that come along', () => {
    for (const recipe of [voc, coco, shapes]) expect(() => checkRecipe(recipe)).not.toThrow();
  });

  it.each([
    [{ crop: 250 }, /crop 250 is not a multiple of the patch size 16; use 240 or 256/],
    [{ backbone: 'resnet50' }, /unknown backbone "resnet50"/],
    [{ batch: 0 }, /recipe: batch is 0, expected at least 1$/],
    [{ cam: { ...voc.cam, low: 0.9 } }, /cam\.low 0\.9 and cam\.high 0\.7/],
    [{ seed: -1 }, /seed is -1, expected at least 0/],
    [{ evaluation: { ...voc.evaluation, size: 8 } }, /evaluation\.size must be at least one patch/],
  ])('refuses %j', (change, message) => {
    expect(() => checkRecipe({ ...voc, ...change })).toThrow(message);
  });

  it('normalizes as the backbone was trained, unless told otherwise', () => {
    expect(backboneOf({ ...voc, backbone: 'vit_tiny_patch16_224' }).mean).toEqual([0.5, 0.5, 0.5]);
    expect(backboneOf({ ...voc, normalization: { mean: [0, 0, 0], std: [1, 1, 1] } }).mean).toEqual([0, 0, 0]);
  });
});

describe('scheduleOf', () => {
  it('has the points of COCO', () => {
    expect(scheduleOf(coco, cocoShares)).toEqual({
      warmupIterations: 1500,
      classificationUntil: -1,
      segmentationAfter: 8000,
      mainCamForMasksAfter: Number.MAX_SAFE_INTEGER,
      mainCamForLabelsAfter: 12_000,
    });
  });

  it('keeps the points of the published run, and their shares in shorter ones', () => {
    expect(scheduleOf(voc, vocShares)).toEqual({
      warmupIterations: 1500,
      classificationUntil: -1,
      segmentationAfter: 2000,
      mainCamForMasksAfter: 12_000,
      mainCamForLabelsAfter: -1,
    });
    expect(scheduleOf({ ...voc, iterations: 400 }, vocShares)).toMatchObject({
      warmupIterations: 30,
      classificationUntil: -1,
      segmentationAfter: 40,
      mainCamForMasksAfter: 240,
    });
    expect(scheduleOf({ ...voc, schedule: { ...voc.schedule, segmentationAfter: 7 } }, vocShares).segmentationAfter).toBe(7);
  });
});
