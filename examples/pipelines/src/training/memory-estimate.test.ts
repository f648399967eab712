import type { Engine } from '@wsss/engine';
import { findBackbone } from '@wsss/vit';
import { describe, expect, it } from 'vitest';
import { voc } from '../recipes/voc.js';
import { estimateTrainingBytes, recomputeToFit } from './memory-estimate.js';

const backbone = findBackbone('deit_tiny_patch16_224');
const recipe = { ...voc, backbone: 'deit_tiny_patch16_224', batch: 1 };
const GiB = 2 ** 30;
const engine = (memoryBytes: number): Engine => ({
  name: 'wasm',
  version: 'a test',
  threads: 1,
  canTrace: false,
  memoryBytes,
  memoryInUse: () => 0,
});

describe('recomputeToFit', () => {
  const [plain, again] = [false, true].map(recompute => estimateTrainingBytes({ ...recipe, recompute }, backbone, 20, 14e6)) as [
    number,
    number,
  ];

  it('computes blocks again only where the recipe says so or memory is short', () => {
    expect(again).toBeLessThan(plain);
    const choose = (memory: number, budget?: number, recompute = false) =>
      recomputeToFit(engine(memory), { ...recipe, recompute }, backbone, 20, 14e6, budget);
    expect(choose(plain)).toBe(false);
    expect(choose(plain - 1)).toBe(true);
    expect(choose(100 * GiB, again)).toBe(true);
    expect(choose(100 * GiB, undefined, true)).toBe(true);
  });

  it('counts what LayerScale and registers keep', () => {
    const bytes = (more: object) => estimateTrainingBytes(recipe, { ...backbone, ...more }, 20, 14e6);
    expect(bytes({ layerScale: true })).toBeGreaterThan(plain);
    expect(bytes({ registers: 4 })).toBeGreaterThan(plain);
    expect(bytes({ registers: 0, layerScale: false })).toBe(plain);
  });

  it('refuses what does not fit even so', () => {
    expect(() => recomputeToFit(engine(again - 1), recipe, backbone, 20, 14e6)).toThrow(
      /an iteration on 1 crops of 448 pixels, blocks computed again, needs .* GiB, but the wasm engine has/,
    );
  });
});
