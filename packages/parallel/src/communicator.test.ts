import { installedMpis, mpiNeeded, mpirun } from '@wsss/fixtures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinJob } from './join-job.js';
import { builtPackage } from './test/built-package.js';

let built: Awaited<ReturnType<typeof builtPackage>>;
beforeAll(async () => {
  built = await builtPackage();
});
afterAll(() => built.remove());

const mpis = installedMpis();
if (mpis.length === 0) console.warn(`@wsss/parallel: ${mpiNeeded}`);
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

describe.skipIf(mpis.length === 0).each(mpis)('$name', mpi => {
  const run = async (ranks: number, body: string, environment?: Record<string, string>) => {
    const ended = await mpirun(mpi, ranks, [process.execPath, built.program(body)], { environment });
    return { ...ended, lines: ended.code === 0 ? lines(ended.out) : [] };
  };
  const all = async (ranks: number, body: string) => {
    const { err, code, lines } = await run(ranks, body);
    expect(err.replace(/^\[[\d.]+\] .* UCX +WARN .*\n/gm, '')).toBe(''); // UCX may warn of the machine
    expect(code).toBe(0);
    return lines;
  };

  it('knows ranks, places and its library, and reduces, broadcasts and gathers', async () => {
    const found = await all(
      3,
      `
      const { rank, worldSize, library } = job;
      const mean = new Float32Array(5).fill(rank);
      const sum = Float64Array.of(rank, 2 ** -40);
      const largest = Float64Array.of(rank, -rank);
      const word = new Uint8Array([rank, 7]);
      // calls may overlap
      const reductions = [job.allReduce(mean, { operation: 'mean' }), job.allReduce(sum), job.allReduce(largest, { operation: 'max' })];
      const calls = [...reductions, job.broadcast(word, 2)];
      const parts = job.gather(Int32Array.from({ length: rank }, (_, i) => 10 * rank + i), 1);
      await Promise.all(calls);
      await job.barrier();
      const gathered = (await parts)?.map(part => [...part]) ?? null;
      await say([rank, worldSize, job.localRank, job.localSize, library, [...mean], [...sum], [...largest], [...word], gathered]);`,
    );
    for (const [rank, line] of found.entries()) {
      expect(line.slice(0, 4)).toEqual([rank, 3, rank, 3]);
      expect(line[4]).toContain(mpi.name);
      expect(line.slice(5, 9)).toEqual([
        [1, 1, 1, 1, 1],
        [3, 3 * 2 ** -40],
        [2, 0],
        [2, 7],
      ]);
      expect(line[9]).toEqual(rank === 1 ? [[], [10], [20, 21]] : null);
    }
  });

  it('reduces arrays of many buckets, in full and in half precision, to the same bits on all ranks', async () => {
    const found = await all(
      2,
      `
      const value = (i, rank) => Math.sin(i * (rank + 1)) * 2 ** (i % 20 - 30);
      const n = 1_100_001;
      const hash = array => new Uint32Array(array.buffer).reduce((hash, word) => Math.imul(hash ^ word, 0x01000193) >>> 0, 1);
      const line = [job.rank];
      for (const wire of ['full', 'float16']) {
        const array = Float32Array.from({ length: n }, (_, i) => value(i, job.rank));
        await job.allReduce(array, { wire, operation: 'mean' });
        let worst = 0;
        for (let i = 0; i < n; i++) worst = Math.max(worst, Math.abs(array[i] - (value(i, 0) + value(i, 1)) / 2));
        line.push(worst, hash(array));
      }
      await say(line);`,
    );
    const [a, b] = found;
    expect(a.slice(1)).toEqual(b.slice(1));
    expect(a[1]).toBeLessThan(2 ** -11 * 2 ** -22); // the largest values are 2⁻¹¹
    expect(a[3]).toBeLessThan(2 ** -11 * 2 ** -10);
    expect(a[3]).toBeGreaterThan(0);
  });

  it('exchanges values', async () => {
    const found = await all(3, `await say([job.rank, await exchange(job, { rank: 'x'.repeat(job.rank) })]);`);
    expect(found).toEqual([0, 1, 2].map(rank => [rank, [{ rank: '' }, { rank: 'x' }, { rank: 'xx' }]]));
  });

  it('tells all ranks when they come to different calls', async () => {
    const found = await all(
      2,
      `
      const failure = await job.allReduce(new Float32Array(3 + job.rank)).catch(error => error.message);
      await job.barrier();
      await say([job.rank, failure]);`,
    );
    for (const [, failure] of found) expect(failure).toContain('the ranks do not do the same');
  });

  it('ends with the one line of the rank that aborts', async () => {
    const { code, err, seconds } = await run(2, `if (job.rank === 1) await job.abort('rank 1: no such picture'); await job.barrier();`);
    expect(code).not.toBe(0);
    expect(err.match(/rank 1: no such picture/g)).toHaveLength(1);
    expect(seconds).toBeLessThan(20);
  });

  describe('stops, and says why, when a rank', () => {
    const fails = async (how: string) => {
      const ended = await run(
        2,
        `
        for (let i = 0; i < 8; i++) { await job.allReduce(new Float32Array(1000)); await new Promise(done => setTimeout(done, 25)); }
        if (job.rank === 1) ${how}
        await job.barrier();`,
        { WATCHDOG: '4' },
      );
      expect(ended.code).not.toBe(0);
      expect(ended.seconds).toBeLessThan(30);
      return ended.err + ended.out;
    };

    it('is killed', async () => {
      expect(await fails("process.kill(process.pid, 'SIGKILL');")).toMatch(/signal 9|rank 1 has not been heard of/);
    });

    it('is stopped', async () => {
      expect((await fails("process.kill(process.pid, 'SIGSTOP');")).match(/rank 1 has not been heard of for \d+ s/g)).toHaveLength(1);
    });

    it('hangs', async () => {
      expect((await fails('for (;;);')).match(/rank 1 \(.*\) has shown no sign of life for too long: it hangs/g)).toHaveLength(1);
    });

    it('throws', async () => {
      expect(await fails("throw new Error('no such picture');")).toContain('no such picture');
    });
  });

  it('leaves WebAssembly its traps', async () => {
    const found = await all(
      2,
      `
      // (func (param i32) (result i32) local.get 0 i32.load) of a module with one page of memory
      const code = [0,97,115,109,1,0,0,0,1,6,1,96,1,127,1,127,3,2,1,0,5,3,1,0,1,7,5,1,1,102,0,0,10,9,1,7,0,32,0,40,2,0,11];
      const { instance } = await WebAssembly.instantiate(Uint8Array.from(code));
      try { instance.exports.f(2 ** 30); } catch (error) { await say([job.rank, error.message]); }`,
    );
    expect(found).toEqual([0, 1].map(rank => [rank, 'memory access out of bounds']));
  });

  it('says when the library is not that of the launcher', async () => {
    const other = mpis.find(({ name }) => name !== mpi.name);
    if (!other) return;
    const [library] = other.name === 'Open MPI' ? ['libmpi.so.40'] : ['libmpich.so.12'];
    const { err, code } = await run(2, '', { WSSS_MPI: library! });
    expect(err).toMatch(/started 2 processes, but .* knows of 1: it is not the library of this launcher/);
    expect(code).not.toBe(0);
  });
});

describe('one process', () => {
  it('has its results at once', async () => {
    const job = await joinJob();
    const values = Float32Array.of(1, 2);
    await job.allReduce(values, { operation: 'mean' });
    const { rank, worldSize, localSize, library } = job;
    expect([rank, worldSize, localSize, library, ...values]).toEqual([0, 1, 1, 'one process', 1, 2]);
    expect(await job.gather(values)).toEqual([values]);
    await job.close();
  });
});
