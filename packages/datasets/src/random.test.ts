import { describe, expect, it } from 'vitest';
import { createRandom } from './random.js';

describe('createRandom', () => {
  it('repeats for the same seed and stream, and differs for any other', () => {
    const first = (seed: number, ...stream: (number | string)[]) => createRandom(seed, ...stream).uint32();
    expect(first(1, 'a', 2)).toBe(first(1, 'a', 2));
    const keys: [number, ...(number | string)[]][] = [
      [1],
      [2],
      [-1],
      [0],
      [1, 0],
      [0, 1],
      [1, 2],
      [12],
      [1, 'a'],
      [1, 'b'],
      [1, 'a', 'b'],
      [1, 'ab'],
      [1, '2'],
      [1, 2 ** 32],
      [1, 2 ** 33],
    ]; // prettier-ignore
    expect(new Set(keys.map(key => first(...key))).size).toBe(keys.length);
  });

  it('keeps its numbers from release to release', () => {
    const random = createRandom(42, 'epoch', 3);
    expect([random.uint32(), random.uint32(), random.uint32()]).toMatchInlineSnapshot(`
      [
        1248525699,
        4086372656,
        4113831617,
      ]
    `);
    expect([...createRandom(7).permutation(8)]).toMatchInlineSnapshot(`
      [
        4,
        1,
        5,
        3,
        6,
        2,
        0,
        7,
      ]
    `);
  });

  it('is uniform and fair within sampling error', () => {
    const random = createRandom(3);
    const n = 20_000;
    const faces = new Uint32Array(6);
    for (let i = 0; i < n; i++) {
      faces[random.integer(0, 6)]!++;
      const u = random.uniform(-1, 1);
      expect(u >= -1 && u < 1).toBe(true);
    }
    for (const count of faces) expect(Math.abs(count - n / 6)).toBeLessThan(200);
    // consecutive positions are as independent as consecutive draws
    let correlation = 0;
    for (let i = 0; i < n; i++) correlation += ((createRandom(1, i).uniform() - 0.5) * (createRandom(1, i + 1).uniform() - 0.5) * 12) / n;
    expect(Math.abs(correlation)).toBeLessThan(0.03);
  });

  it('knows the sure and the impossible', () => {
    const random = createRandom(1);
    for (let i = 0; i < 100; i++) {
      expect(random.chance(1)).toBe(true);
      expect(random.chance(0)).toBe(false);
      expect(random.integer(4, 5)).toBe(4);
    }
    expect([...random.permutation(0)]).toEqual([]);
    expect([...random.permutation(50)].sort((x, y) => x - y)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('refuses seeds and ranges that are none', () => {
    expect(() => createRandom(0.5)).toThrow('safe integers or strings, found 0.5');
    expect(() => createRandom(1, Number.NaN)).toThrow('found NaN');
    expect(() => createRandom(1).integer(3, 3)).toThrow('low < high');
    expect(() => createRandom(1).choice([])).toThrow('low < high');
  });
});
