import { describe, expect, it } from 'vitest';
import { streamStages } from './stream-stages.js';

const bounds = { ahead: 2, finishing: 4 };
const pause = () => new Promise(resolve => setTimeout(resolve, 1));

/** Stages that write down what happens, and how many items each holds at most. */
function recorded() {
  const events: string[] = [];
  const inside = { read: 0, finish: 0 };
  const most = { read: 0, finish: 0 };
  const visit = async (stage: 'read' | 'finish', item: number) => {
    events.push(`${stage} ${item}`);
    most[stage] = Math.max(most[stage], ++inside[stage]);
    await pause();
  };
  return {
    events,
    most,
    stages: {
      read: async (item: number) => {
        await visit('read', item);
        return 10 * item;
      },
      compute: async (value: number, item: number) => {
        inside.read--;
        events.push(`compute ${item}`);
        return value + 1;
      },
      finish: async (value: number, item: number) => {
        await visit('finish', item);
        await pause();
        inside.finish--;
        events.push(`done ${item} ${value}`);
      },
    },
  };
}

describe('streamStages', () => {
  it('sends every item through all stages, and computes in order', async () => {
    const { events, stages } = recorded();
    await streamStages([1, 2, 3], stages, bounds);
    expect(events.filter(event => event.startsWith('compute'))).toEqual(['compute 1', 'compute 2', 'compute 3']);
    expect(events.filter(event => event.startsWith('done')).sort()).toEqual(['done 1 11', 'done 2 21', 'done 3 31']);
  });

  it('reads ahead and goes on while items are finishing, within bounds', async () => {
    const { events, most, stages } = recorded();
    await streamStages(
      Array.from({ length: 12 }, (_, i) => i),
      stages,
      { ahead: 2, finishing: 3 },
    );
    expect(events.indexOf('read 2')).toBeLessThan(events.indexOf('compute 0'));
    expect(events.indexOf('compute 1')).toBeLessThan(events.findIndex(event => event.startsWith('done 0')));
    expect(most.read).toBeLessThanOrEqual(3);
    expect(most.finish).toBeLessThanOrEqual(3);
  });

  it('begins nothing after it was aborted, and finishes what was begun', async () => {
    const { events, stages } = recorded();
    const stop = new AbortController();
    const compute = async (value: number, item: number) => {
      if (item === 1) stop.abort();
      return stages.compute(value, item);
    };
    await streamStages([0, 1, 2, 3, 4, 5, 6], { ...stages, compute }, { ...bounds, signal: stop.signal });
    expect(events.filter(event => /compute|done/.test(event)).sort()).toEqual(['compute 0', 'compute 1', 'done 0 1', 'done 1 11']);
  });

  it.each(['read', 'compute', 'finish'] as const)('ends with the error of %s, when what was finishing has ended', async stage => {
    const { events, stages } = recorded();
    const failing = async (_: number, item = _) => {
      if (item === 2) throw new Error(`${stage} of 2`);
      return 0;
    };
    await expect(streamStages([0, 1, 2, 3, 4, 5, 6, 7, 8], { ...stages, [stage]: failing }, bounds)).rejects.toThrow(`${stage} of 2`);
    const finished = events.length;
    await pause();
    expect(events.length).toBe(finished);
  });
});
