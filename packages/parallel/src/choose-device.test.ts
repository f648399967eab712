import { describe, expect, it } from 'vitest';
import { chooseDevice } from './choose-device.js';

const choose = (localRank: number, localSize: number, visible: string | undefined, gpus: string[], usesGpus = true) => {
  const environment: Record<string, string | undefined> = visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible };
  const { gpu } = chooseDevice({ localRank, localSize }, usesGpus, { environment, gpus });
  return [gpu, environment.CUDA_VISIBLE_DEVICES];
};

describe('chooseDevice', () => {
  it('gives each local rank a GPU of its own', () => {
    expect(choose(2, 4, undefined, ['0', '1', '2', '3'])).toEqual(['2', '2']);
    expect(choose(1, 2, '4,6', ['0', '1', '2', '3', '4', '5', '6', '7'])).toEqual(['6', '6']);
    expect(choose(1, 2, 'GPU-aa,GPU-bb', ['0', '1'])).toEqual(['GPU-bb', 'GPU-bb']);
  });

  it('keeps what the launcher has chosen, and changes nothing where there is nothing to choose', () => {
    expect(choose(3, 4, '5', ['5'])).toEqual(['5', '5']);
    expect(choose(0, 1, undefined, ['0', '1'])).toEqual([undefined, undefined]);
    expect(choose(1, 2, undefined, [])).toEqual([undefined, undefined]);
    expect(choose(1, 2, undefined, ['0'], false)).toEqual([undefined, undefined]);
  });

  it('divides the cores', () => {
    const { threads } = chooseDevice({ localRank: 0, localSize: 10_000 }, false);
    expect(threads).toBeGreaterThanOrEqual(1);
  });

  it('refuses more ranks than GPUs', () => {
    expect(() => choose(0, 4, undefined, ['0', '1'])).toThrow(
      '4 ranks on this machine, but 2 GPUs: start at most one a GPU, or use --engine native',
    );
  });
});
