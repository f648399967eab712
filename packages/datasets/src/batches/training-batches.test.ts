import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../test/build.js';
import { defaultAugmentation } from '../augment/settings.js';
import { drawViews, makeViews } from '../augment/views.js';
import type { SegmentationDataset } from '../dataset.js';
import { createRandom } from '../random.js';
import { realVoc, realVocNeeded } from '../test/real-data.js';
import { openVoc } from '../voc/voc.js';
import type { TrainingBatch, TrainingBatchOptions } from './make-batches.js';
import { trainingBatches } from './training-batches.js';

const folder = resolve(import.meta.dirname, '../..');
let built: string;
let workerModule: URL;
beforeAll(async () => {
  // Threads need JavaScript: the package is built from the source under test, inside node_modules so that sharp is found from there.
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  built = mkdtempSync(join(folder, 'node_modules', '.test-'));
  const entry = { index: join(folder, 'src/index.ts'), worker: join(folder, 'src/threads/worker.ts') };
  await build({
    entry,
    outDir: built,
    format: 'esm',
    target: 'es2022',
    external: ['sharp', 'yaml'],
    noExternal: [/^@wsss/],
    config: false,
    silent: true,
    esbuildOptions: build => {
      for (const name of ['numpy', 'wasm-runtime']) (build.alias ??= {})[`@wsss/${name}`] = join(folder, `../${name}/src/index.ts`);
    },
  });
  workerModule = pathToFileURL(join(built, 'worker.js'));
});
afterAll(() => rmSync(built, { recursive: true }));

/** Noise of different sizes; record k shows class k mod 3. `read` is called before a picture is given. */
function noiseDataset(length: number, read: (index: number) => Promise<void> | void = () => {}): SegmentationDataset {
  return {
    name: 'noise',
    split: 'train',
    classes: ['a', 'b', 'c'],
    length,
    id: index => `r${index}`,
    labels: async index => Float32Array.from([0, 1, 2], k => (k === index % 3 ? 1 : 0)),
    image: async index => {
      await read(index);
      const random = createRandom(9, index);
      const [width, height] = [random.integer(8, 30), random.integer(8, 30)];
      return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 256)) };
    },
  };
}

async function collect(batches: AsyncIterable<TrainingBatch>): Promise<TrainingBatch[]> {
  const all: TrainingBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}
const options = (more: Partial<TrainingBatchOptions> = {}): TrainingBatchOptions => ({
  dataset: noiseDataset(5),
  batchSize: 2,
  crop: 16,
  seed: 3,
  count: 6,
  workers: 0,
  ...more,
});
const ids = (batches: TrainingBatch[]) => batches.flatMap(batch => batch.ids);

describe('trainingBatches', () => {
  it('gives every epoch all records in another order, across the borders of batches', async () => {
    const batches = await collect(trainingBatches(options({ count: 10 })));
    const all = ids(batches);
    const epochs = [0, 5, 10, 15].map(at => all.slice(at, at + 5));
    for (const epoch of epochs) expect([...epoch].sort()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
    expect(new Set(epochs.map(epoch => epoch.join())).size).toBe(4);
  });

  it('holds for each sample the views that its position determines', async () => {
    const dataset = noiseDataset(5);
    const [, , batch] = await collect(trainingBatches(options({ dataset, count: 3, variant: 'paper' })));
    expect([batch!.size, batch!.crop, batch!.view1.length, batch!.boxes.length, batch!.labels.length]).toEqual([2, 16, 2 * 768, 8, 6]);
    for (const place of [0, 1]) {
      const index = Number(batch!.ids[place]!.slice(1));
      const picture = await dataset.image(index);
      const views = makeViews(picture, drawViews(createRandom(3, 'views', 4 + place), picture, 16, 'paper', defaultAugmentation));
      for (const name of ['view1', 'view2', 'local'] as const)
        expect(batch![name].subarray(place * 768, (place + 1) * 768)).toEqual(views[name].data);
      expect([...batch!.boxes.subarray(place * 4, place * 4 + 4)]).toEqual(views.box);
      expect(batch!.labels.subarray(place * 3, place * 3 + 3)).toEqual(await dataset.labels(index));
    }
  });

  it('is the same for any number of workers, any prefetch and any order in which reads finish', async () => {
    const expected = await collect(trainingBatches(options()));
    const turns = createRandom(8);
    const uneven = noiseDataset(5, async () => {
      for (let i = turns.integer(0, 9); i > 0; i--) await new Promise(done => setImmediate(done));
    });
    for (const workers of [0, 1, 2])
      for (const prefetch of [0, 3])
        expect(await collect(trainingBatches(options({ dataset: uneven, workers, prefetch, workerModule })))).toEqual(expected);
  });

  it('resumes at any iteration', async () => {
    const expected = await collect(trainingBatches(options()));
    expect(await collect(trainingBatches(options({ start: 4, count: 2 })))).toEqual(expected.slice(4));
    const far = trainingBatches(options({ start: 2 ** 40, count: 1 }));
    expect(await collect(far)).toEqual(await collect(far)); // and can be read again
  });

  it('is the same with 1, 2 and 4 workers and after a resume at iteration 137', async () => {
    const long = (more: Partial<TrainingBatchOptions>) =>
      collect(trainingBatches(options({ batchSize: 1, count: 140, workerModule, ...more })));
    const expected = await long({ workers: 1 });
    for (const workers of [2, 4]) expect(await long({ workers })).toEqual(expected);
    for (const workers of [1, 2, 4]) expect(await long({ start: 137, count: 3, workers })).toEqual(expected.slice(137));
  });

  it('shares a global batch among processes', async () => {
    const whole = await collect(trainingBatches(options({ batchSize: 4, count: 3 })));
    const parts = await Promise.all([0, 1].map(index => collect(trainingBatches(options({ shard: { index, count: 2 }, count: 3 })))));
    whole.forEach((batch, i) => {
      expect(batch.ids).toEqual([...parts[0]![i]!.ids, ...parts[1]![i]!.ids]);
      expect(Buffer.from(batch.view2)).toEqual(Buffer.concat([parts[0]![i]!.view2, parts[1]![i]!.view2]));
    });
  });

  it('goes on at any sample', async () => {
    const all = ids(await collect(trainingBatches(options())));
    expect(ids(await collect(trainingBatches(options({ offset: 3, start: 1, count: 3 }))))).toEqual(all.slice(5, 11));
    const odd = await collect(trainingBatches(options({ offset: 3, shard: { index: 1, count: 2 }, count: 2 })));
    expect(ids(odd)).toEqual([...all.slice(5, 7), ...all.slice(9, 11)]);
  });

  it('changes with the seed, ends with count, and can be empty', async () => {
    expect(await collect(trainingBatches(options({ seed: 4 })))).not.toEqual(await collect(trainingBatches(options())));
    expect(await collect(trainingBatches(options({ count: 0 })))).toEqual([]);
    expect(ids(await collect(trainingBatches(options({ batchSize: 13, count: 1 })))).length).toBe(13); // larger than the data set
  });

  it('reads no further than the prefetch allows', async () => {
    let reads = 0;
    const dataset = noiseDataset(5, () => void reads++);
    for await (const _ of trainingBatches(options({ dataset, prefetch: 2, count: undefined }))) {
      for (let i = 0; i < 50; i++) await new Promise(done => setImmediate(done));
      break;
    }
    expect(reads).toBe((1 + 2) * 2);
  });

  it.each([0, 2])('throws what a record throws, when its batch is due, and stops (%i workers)', async workers => {
    let reads = 0;
    const order = ids(await collect(trainingBatches(options({ count: 4 }))));
    const broken = Number(order[5]!.slice(1)); // in batch 2, and not before if each epoch is a permutation
    const dataset = noiseDataset(5, index => {
      reads++;
      if (index === broken && reads > 5) throw new Error(`cannot read image r${index}.jpg: the file is empty`);
    });
    const seen: string[] = [];
    const run = async () => {
      for await (const { ids } of trainingBatches(options({ dataset, workers, workerModule, prefetch: 0, count: undefined })))
        seen.push(...ids);
    };
    await expect(run()).rejects.toThrow(`cannot read image r${broken}.jpg: the file is empty`);
    expect(seen).toEqual(order.slice(0, 4));
    const after = reads;
    for (let i = 0; i < 20; i++) await new Promise(done => setImmediate(done));
    expect(reads).toBe(after);
  });

  it('puts another record in the place of a bad one, the same whatever is met first, and names each once', async () => {
    const order = ids(await collect(trainingBatches(options())));
    const broken = Number(order[3]!.slice(1));
    const dataset = noiseDataset(5, index => {
      if (index === broken) throw new Error('cannot read');
    });
    const run = async (more: Partial<TrainingBatchOptions> = {}) => {
      const found: unknown[] = [];
      const batches = await collect(trainingBatches(options({ dataset, onBadRecord: record => found.push(record), ...more })));
      return { batches, found };
    };
    const { batches, found } = await run();
    expect(found).toEqual([{ index: broken, id: `r${broken}`, reason: 'cannot read' }]);
    for (const [i, id] of ids(batches).entries()) expect(id === order[i]).toBe(order[i] !== `r${broken}`);
    expect((await run({ workers: 2, workerModule, prefetch: 4 })).batches).toEqual(batches);
    expect((await run({ start: 2, count: 4 })).batches).toEqual(batches.slice(2));
    const none = noiseDataset(3, () => {
      throw new Error('no disk');
    });
    await expect(run({ dataset: none })).rejects.toThrow('50 records in a row cannot be used, the last: no disk');
  });

  it('takes pictures that are too small or too large for bad ones', async () => {
    const dataset = { ...noiseDataset(1), image: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }) };
    await expect(collect(trainingBatches(options({ dataset })))).rejects.toThrow(
      'image noise r0: it is 1×1; pictures need at least 8 pixels on each side',
    );
  });

  it('throws when a worker breaks', async () => {
    const module = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const run = (code: string) => collect(trainingBatches(options({ workers: 1, workerModule: module(code) })));
    await expect(run('throw new Error("no memory")')).rejects.toThrow('augmentation worker failed: no memory');
    await expect(run('process.exit(3)')).rejects.toThrow('augmentation worker ended (exit code 3)');
    const answer =
      'import { parentPort as p } from "node:worker_threads"; ' +
      'p.on("message", ({ id }) => p.postMessage({ id, error: new Error("odd picture") }))';
    await expect(run(answer)).rejects.toThrow('odd picture');
  });

  it('refuses pictures without enough bytes', async () => {
    const dataset = { ...noiseDataset(1), image: async () => ({ width: 2, height: 2, data: new Uint8Array(4) }) };
    await expect(collect(trainingBatches(options({ dataset })))).rejects.toThrow('noise r0: a picture of 2×2 needs 12 bytes, found 4');
  });

  it('names the option that is out of range at once', () => {
    const wrong: [Partial<TrainingBatchOptions>, string][] = [
      [{ batchSize: 0 }, 'batchSize must be an integer ≥ 1, found 0'],
      [{ crop: 4.5 }, 'crop must be an integer ≥ 1, found 4.5'],
      [{ start: -1 }, 'start must be'],
      [{ count: -1 }, 'count must be'],
      [{ prefetch: -1 }, 'prefetch must be'],
      [{ workers: Number.NaN }, 'workers must be'],
      [{ seed: 0.5 }, 'seed must be a safe integer'],
      [{ offset: -1 }, 'offset must be an integer ≥ 0, found -1'],
      [{ shard: { index: 2, count: 2 } }, 'shard.index must be below shard.count 2'],
      [{ variant: 'other' as 'paper' }, `variant must be 'fixed' or 'paper', found "other"`],
      [{ dataset: noiseDataset(0) }, 'dataset noise train has no records'],
      [{ augmentation: { ...defaultAugmentation, mirror: 2 } }, 'augmentation.mirror'],
    ];
    for (const [more, message] of wrong) expect(() => trainingBatches(options(more))).toThrow(message);
  });
});

describe('the built package', () => {
  const run = async (body: string) => {
    const script = join(built, 'script.mjs');
    writeFileSync(
      script,
      `import { createRandom, trainingBatches } from './index.js';
       const image = async index => ({ width: 20, height: 20, data: new Uint8Array(1200).fill(index) });
       const dataset = { name: 'n', split: 's', classes: ['a'], length: 3, id: String, labels: async () => Float32Array.of(1), image };
       const batches = trainingBatches({ dataset, batchSize: 2, crop: 16, seed: 1, workers: 2 });
       ${body}`,
    );
    return (await promisify(execFile)(process.execPath, [script], { timeout: 30_000 })).stdout.trim();
  };

  it('finds its own worker, and the process exits by itself after break', async () => {
    expect(await run('for await (const { ids } of batches) { console.log(ids.length); break; }')).toBe('2');
  });

  it('does not keep the process alive when an iterator is dropped', async () => {
    expect(await run('console.log((await batches[Symbol.asyncIterator]().next()).value.size);')).toBe('2');
  });
});

describe.skipIf(realVoc === undefined)(realVocNeeded, () => {
  it('is trained on in batches', async () => {
    const dataset = await openVoc({ root: realVoc!, split: 'train_aug' });
    const [batch] = await collect(trainingBatches({ dataset, batchSize: 2, crop: 224, seed: 1, count: 1, workers: 1, workerModule }));
    expect(batch!.view1.length).toBe(2 * 224 * 224 * 3);
    expect(batch!.labels.includes(1)).toBe(true);
  });
});
