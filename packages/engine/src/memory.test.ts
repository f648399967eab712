import { describe, expect, it } from 'vitest';
import type { Engine } from './engine.js';
import { machineMemory } from './machine-memory.js';
import { assertFits } from './memory.js';

const engine = (name: Engine['name'], used: number): Engine => ({
  name,
  threads: 1,
  memoryBytes: 2 ** 32,
  version: '',
  canTrace: false,
  memoryInUse: () => used,
});

describe('assertFits', () => {
  it('lets pass what fits beside what is in use', () => {
    expect(() => assertFits(engine('wasm', 2 ** 31), 2 ** 31, 'A step')).not.toThrow();
  });

  it('gives advice otherwise', () => {
    expect(() => assertFits(engine('wasm', 2 ** 31), 3 * 2 ** 30, 'Training on crops of 448 pixels')).toThrow(
      'Training on crops of 448 pixels needs 3.00 GiB, but the wasm engine has 2.00 GiB of 4.00 GiB left. Use a smaller crop or batch, or the native engine',
    );
    expect(() => assertFits(engine('native', 0), 2 ** 33, 'A step')).toThrow(/left\. Use a smaller crop or batch\.$/);
  });
});

it('the machine has memory', () => {
  expect(machineMemory()).toBeGreaterThan(2 ** 28);
});
