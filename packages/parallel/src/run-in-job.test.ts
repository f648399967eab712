import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { requireSame } from './exchange.js';
import { folderOfRank } from './in-job.js';
import { runInJob } from './run-in-job.js';
import { SingleProcess } from './single-process.js';
import { ranksInOneProcess } from './test/ranks.js';

/** Runs on several ranks in one process, of which rank 1 can be interrupted. */
function start(ranks: number) {
  const locals = Array.from({ length: ranks }, () => new AbortController());
  const runs = ranksInOneProcess(ranks).map((job, i) => runInJob(job, locals[i]!.signal));
  return { runs, interrupt: () => locals[1]!.abort('SIGTERM') };
}

describe('runInJob', () => {
  it('gives each rank its own, and stops all before the same iteration once one is interrupted', async () => {
    const { runs, interrupt } = start(3);
    expect(await Promise.all(runs.map((run, i) => run.agree(async () => i)))).toEqual([0, 1, 2]);
    expect(await Promise.all(runs.map(run => run.interrupted()))).toEqual([false, false, false]);
    interrupt();
    expect(runs.map(run => run.signal.aborted)).toEqual([false, false, false]);
    await Promise.all(runs.map((run, i) => run.agree(async () => i)));
    expect(runs.map(run => run.signal.reason)).toEqual(['SIGTERM', 'SIGTERM', 'SIGTERM']);
  });

  it('throws at all ranks what one throws, with its number', async () => {
    const { runs } = start(2);
    const settled = await Promise.allSettled(
      runs.map((run, i) =>
        run.agree(async () => {
          if (i === 1) throw new Error('no such picture');
        }),
      ),
    );
    expect(settled.map(result => result.status === 'rejected' && result.reason.message)).toEqual(
      new Array(2).fill('rank 1: no such picture'),
    );
  });

  it('averages gradients and losses, or leaves them alone in a job of one', async () => {
    const { runs } = start(2);
    const means = await Promise.all(
      runs.map((run, i) => run.reduceGradients!({ gradients: { a: tf.tensor1d([i, 2]) }, losses: { total: 4 * i } })),
    );
    for (const { gradients, losses } of means) {
      expect([...gradients.a!.dataSync()]).toEqual([0.5, 2]);
      expect(losses).toEqual({ total: 2 });
    }
    tf.dispose(means.map(({ gradients }) => gradients));
    const alone = new AbortController();
    const run = runInJob(new SingleProcess(), alone.signal);
    expect([run.reduceGradients, run.communicationShare(), run.signal]).toEqual([undefined, {}, alone.signal]);
    const failure = new Error('no such picture');
    await expect(run.agree(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});

it('requireSame names what differs, and where', async () => {
  const check = (images: number[]) =>
    Promise.allSettled(ranksInOneProcess(3).map(job => requireSame(job, { start: 0, images: images[job.rank] })));
  expect((await check([5, 5, 5])).map(({ status }) => status)).toEqual(new Array(3).fill('fulfilled'));
  for (const result of await check([5, 5, 6]))
    expect(result).toMatchObject({
      reason: { message: 'the ranks do not do the same: images is 5 at rank 0, 6 at rank 2; all machines must see the same files' },
    });
});

it('folderOfRank clears the folders of ranks that were killed', () => {
  const gone = join(tmpdir(), `wsss-rank-${2 ** 22 + 7}-test`);
  mkdirSync(gone, { recursive: true });
  utimesSync(gone, 0, 0);
  const own = folderOfRank(ranksInOneProcess(2)[1]!, 'runs/a');
  expect([existsSync(gone), existsSync(own)]).toEqual([false, true]);
});

it('folderOfRank is the folder of the run at rank 0, and one of its own at others', () => {
  const [first, second] = ranksInOneProcess(2).map(job => folderOfRank(job, 'runs/a'));
  expect(first).toBe('runs/a');
  expect(existsSync(second!)).toBe(true);
});
