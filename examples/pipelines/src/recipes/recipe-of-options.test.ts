import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recipeOf } from './recipe-of-options.js';
import { voc } from './voc.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-train-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('recipeOf', () => {
  const withConfig = (settings: object) => {
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify(settings));
    return { config };
  };

  it('lays a config file over the defaults, and options over both', () => {
    const { crop, batch, seed } = recipeOf(voc, { ...withConfig({ crop: 224, batch: 2 }), batch: 3 });
    expect({ crop, batch, seed }).toEqual({ crop: 224, batch: 3, seed: voc.seed });
  });

  it('names what is wrong by where it was said: the file, or the options', () => {
    for (const nothing of ['null', '[]']) {
      const config = join(folder, 'nothing.json');
      writeFileSync(config, nothing);
      expect(() => recipeOf(voc, { config })).toThrow(`nothing.json: the recipe must be an object, found ${nothing}`);
    }
    expect(() => recipeOf(voc, { ...withConfig({ crop: 224 }), crop: 99_999 })).toThrow('options: crop is 99999');
    expect(() => recipeOf(voc, { ...withConfig({ crop: 99_999 }), crop: 224 })).toThrow('config.json: crop is 99999');
  });

  it('logs a short run twenty times, with a config file too, unless that says how often', () => {
    const every = (options: object) => recipeOf(voc, { iterations: 400, ...options }).log.every;
    expect(every({})).toBe(20);
    expect(every(withConfig({ crop: 224 }))).toBe(20);
    expect(every(withConfig({ log: { every: 100 } }))).toBe(100);
    expect(every({ iterations: 100_000 })).toBe(voc.log.every);
    expect(every({ iterations: 7 })).toBe(1);
  });
});
