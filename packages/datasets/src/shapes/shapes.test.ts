import { describe, expect, it } from 'vitest';
import { labelsOfMask } from '../dataset.js';
import { createRandom } from '../random.js';
import { norm, shapeClasses } from './classes.js';
import { maskOf, paintScene, photograph } from './render.js';
import { drawScene, type Layer, type Scene } from './scene.js';
import { shapesDataset } from './shapes.js';

const plain = (value: number) => ({
  colors: [
    [value, value, value],
    [value, value, value],
  ] as const,
  pattern: () => 0,
}); // prettier-ignore
const disc = (label: number, x: number, y: number, radius: number, value: number): Layer => ({
  label,
  figure: (u, v) => norm(u, v) - 1,
  x,
  y,
  radius,
  angle: 0,
  stretch: 1,
  warp: { amount: 0, phaseX: 0, phaseY: 0 },
  texture: plain(value),
});
const scene = (...layers: Layer[]): Scene => ({ background: plain(100), layers, light: { x: 1, y: 0, strength: 0 }, blur: 0, noise: 0 });

describe('paintScene', () => {
  it('draws a disc of the right area, exact in the mask, antialiased in the picture', () => {
    const one = scene(disc(2, 0.5, 0.5, 0.25, 200));
    const painting = paintScene(one, 64);
    const mask = maskOf(one, painting);
    const { data } = photograph(one, painting, createRandom(1));
    let soft = 0;
    for (let row = 0; row < 64; row++)
      for (let column = 0; column < 64; column++) {
        const inside = norm(column + 0.5 - 32, row + 0.5 - 32) <= 16;
        expect(mask.data[row * 64 + column]).toBe(inside ? 2 : 0);
        const value = data[(row * 64 + column) * 3]!;
        if (value > 100 && value < 200) soft++;
        else expect(value).toBe(inside ? 200 : 100);
      }
    expect(Math.abs(painting.area[1]! - Math.PI * 16 ** 2)).toBeLessThan(20);
    expect(soft).toBeGreaterThan(80); // about one pixel all around
    expect(soft).toBeLessThan(180);
  });

  it('lets the front cover the back, and clutter belong to the background', () => {
    const two = scene(disc(1, 0.4, 0.5, 0.2, 50), disc(3, 0.6, 0.5, 0.2, 60), disc(0, 0.6, 0.5, 0.05, 70));
    const painting = paintScene(two, 50);
    const { data } = maskOf(two, painting);
    expect([data[25 * 50 + 12], data[25 * 50 + 25], data[25 * 50 + 38], data[25 * 50 + 30]]).toEqual([1, 3, 3, 0]);
    expect([painting.owner[25 * 50 + 30], painting.owner[0]]).toEqual([3, 0]);
  });

  it('turns, stretches and marks figures', () => {
    const bar = { ...disc(1, 0.5, 0.5, 0.4, 0), figure: (u: number, v: number) => Math.max(Math.abs(u) - 0.5, Math.abs(v) - 0.5) };
    const tall = scene({ ...bar, stretch: 2, angle: Math.PI / 2 });
    const { data } = maskOf(tall, paintScene(tall, 40));
    expect([data[20 * 40 + 8], data[5 * 40 + 20], data[5 * 40 + 30]]).toEqual([0, 1, 0]); // half a width of 0.4 lies upright now
    const dot = { figure: (u: number, v: number) => norm(u, v) - 1, x: 0.2, y: 0, size: 0.2, angle: 0, color: [255, 0, 0] as const };
    const marked = scene({ ...bar, mark: dot });
    const red = photograph(marked, paintScene(marked, 40), createRandom(1)).data;
    expect([...red.subarray((20 * 40 + 23) * 3, (20 * 40 + 23) * 3 + 3)]).toEqual([255, 0, 0]);
    expect([...red.subarray((20 * 40 + 14) * 3, (20 * 40 + 14) * 3 + 3)]).toEqual([0, 0, 0]);
  });

  it('cuts off no figure: all classes and clutter fit into the extent that is painted', () => {
    for (const { outline } of shapeClasses)
      for (let i = 0; i < 360; i++) expect(outline(1.1 * Math.cos(i), 1.1 * Math.sin(i))).toBeGreaterThan(0);
    for (let seed = 0; seed < 60; seed++)
      for (const { figure } of drawScene(createRandom(seed), { objects: [1, 1], clutter: [5, 5] }).layers)
        for (let i = 0; i < 90; i++) expect(figure(1.1 * Math.cos(i), 1.1 * Math.sin(i))).toBeGreaterThan(-0.02);
  });
});

describe('shapesDataset', () => {
  const options = { seed: 5, length: 40, size: 48 };

  it('gives the same record in any order and for any object', async () => {
    const [a, b] = [shapesDataset(options), shapesDataset(options)];
    const images = [await a.image(3), await a.image(4)];
    const mask = await a.mask!(4);
    expect(await b.mask!(4)).toEqual(mask);
    expect([await b.image(4), await b.image(3)].reverse()).toEqual(images);
    images[0]!.data.fill(0);
    expect((await a.image(3)).data.some(value => value > 0)).toBe(true); // what it hands out may be written into
  });

  it('differs by record, seed and split', async () => {
    const first = async (more: object, index = 0) =>
      Buffer.from((await shapesDataset({ ...options, ...more }).image(index)).data).toString('base64');
    expect(new Set([await first({}), await first({}, 1), await first({ seed: 6 }), await first({ split: 'val' })]).size).toBe(4);
    expect(await first({ length: 90 })).toBe(await first({}));
  });

  it('has labels that agree with masks in which every class can be seen', async () => {
    const shapes = shapesDataset(options);
    const counts = new Float32Array(5);
    for (let i = 0; i < shapes.length; i++) {
      const [picture, mask, labels] = [await shapes.image(i), await shapes.mask!(i), await shapes.labels(i)];
      expect([picture.width, picture.height, picture.data.length, mask.data.length]).toEqual([48, 48, 48 * 48 * 3, 48 * 48]);
      expect(labels).toEqual(labelsOfMask(mask, 5));
      const present = labels.reduce((sum, label) => sum + label);
      expect(present >= 1 && present <= 3).toBe(true);
      for (const [k, label] of labels.entries()) {
        counts[k]! += label;
        if (label) expect(mask.data.filter(pixel => pixel === k + 1).length).toBeGreaterThanOrEqual(0.006 * 48 * 48);
      }
    }
    for (const count of counts) expect(count).toBeGreaterThan(4);
  });

  it('keeps its records from release to release', async () => {
    const shapes = shapesDataset({ seed: 1, length: 9 });
    const present: string[] = [];
    for (let i = 0; i < 6; i++)
      present.push([...(await shapes.labels(i))].flatMap((label, k) => (label ? [shapes.classes[k]!] : [])).join(' '));
    expect(present).toMatchInlineSnapshot(`
      [
        "star cross",
        "disc",
        "disc square triangle",
        "square triangle star",
        "square",
        "disc cross",
      ]
    `);
  });

  it('does not give the class away by the colors of bodies', async () => {
    const shapes = shapesDataset({ seed: 2, length: 250, size: 32, objects: [1, 1], clutter: [0, 0] });
    const sums = Array.from({ length: 5 }, () => ({ pixels: 0, value: 0 }));
    for (let i = 0; i < shapes.length; i++) {
      const [{ data }, mask] = [await shapes.image(i), await shapes.mask!(i)];
      mask.data.forEach((label, at) => {
        if (label === 0) return;
        sums[label - 1]!.pixels++;
        sums[label - 1]!.value += (data[at * 3]! + data[at * 3 + 1]! + data[at * 3 + 2]!) / 3;
      });
    }
    const means = sums.map(({ pixels, value }) => value / pixels);
    const overall = means.reduce((a, b) => a + b) / means.length;
    for (const mean of means) expect(Math.abs(mean - overall)).toBeLessThan(15);
  });

  it('obeys the number of objects and of clutter', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { layers } = drawScene(createRandom(seed), { objects: [2, 4], clutter: [0, 0] });
      expect(layers.every(({ label }) => label > 0)).toBe(true);
      expect(layers.length >= 2 && layers.length <= 4).toBe(true);
    }
    const one = shapesDataset({ ...options, objects: [1, 1] });
    for (let i = 0; i < 20; i++) expect((await one.labels(i)).reduce((sum, label) => sum + label)).toBe(1);
  });

  it('names what it is and what is wrong', async () => {
    const shapes = shapesDataset({ ...options, split: 'val' });
    expect([shapes.name, shapes.split, shapes.length, shapes.id(7)]).toEqual(['Shapes', 'val', 40, 'val-000007']);
    expect(shapes.classes).toEqual(['disc', 'square', 'triangle', 'star', 'cross']);
    expect(() => shapes.id(40)).toThrow('Shapes val: record 40 does not exist, expected an integer from 0 to 39');
    await expect(shapes.image(-1)).rejects.toThrow('record -1 does not exist');
    expect(() => shapesDataset({ ...options, size: 8 })).toThrow('shapesDataset: size must be an integer ≥ 16 (pixels), found 8');
    expect(() => shapesDataset({ ...options, length: -1 })).toThrow('length must be');
    expect(() => shapesDataset({ ...options, objects: [0, 2] })).toThrow('objects must be integers 1 ≤ least ≤ most ≤ 100, found [0,2]');
    expect(() => shapesDataset({ ...options, clutter: [3, 2] })).toThrow('clutter must be');
  });
});
