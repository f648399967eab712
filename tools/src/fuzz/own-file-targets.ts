import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openShards } from '@wsss/datasets';
import { FolderLock, resultName, resultNames } from '@wsss/files';
import { Journal, parseInfo, readRun, voc } from '@wsss/pipelines';
import { readManifest, rewindLog } from '@wsss/train';
import type { FuzzTarget } from './fuzz-target.js';
import { changedJson, damaged, whole } from './mutations.js';

const text = (value: string) => whole(new Uint8Array(Buffer.from(value)));

const shards = JSON.stringify({
  format: 'wsss shards 1',
  name: 'VOC',
  split: 'val',
  classes: ['dog', 'cat'],
  shards: [{ file: '000000.tar', bytes: 3, records: [{ id: 'a', labels: [0], image: [0, 2], mask: [2, 1] }] }],
});

const scores = { iou: [0.5, null], miou: 0.5, pixelAccuracy: 0.9, meanAccuracy: 0.7 };
const summary = {
  ...{
    dataset: 'Shapes',
    split: 'val',
    images: 4,
    iteration: 2,
    classes: ['background', 'disc'],
    segmentation: scores,
    means: { cam: 0.5 },
  },
  ...{
    confusion: { segmentation: { numClasses: 2, counts: [1, 2, 3, 4] } },
    protocol: { size: 32, scales: [1], mirror: 'none', across: 'max' },
  },
};
/** Files of a run's folder, each of which is damaged in turn. */
const runFolder: Record<string, string> = {
  'recipe.json': JSON.stringify(voc),
  'log.jsonl': `${JSON.stringify({ time: '2026-01-01T00:00:00Z', kind: 'train', step: 2, values: { loss: 1, nothing: null } })}\n`,
  'evaluation.json': JSON.stringify({ before: summary, evaluation: summary }),
  'evaluation-images.json': JSON.stringify({ iteration: 2, images: [{ index: 0, id: 'a', miou: { segmentation: 0.5 } }] }),
};
const info = JSON.stringify({
  ...{ dataset: 'shapes', classes: ['disc'], recipe: {}, iteration: 2, loop: { iteration: 2, unlogged: {}, skipped: 0 } },
  about: {
    ...{ data: { split: 'train', images: 4, position: 8 }, engine: { version: 'a', threads: 1 }, recompute: false },
    ...{ ranks: { count: 1, microBatches: 1 }, code: { mcc: '0', commit: null, node: 'v20', tfjs: '4' } },
  },
});
const journal = '{"journal":"wsss-journal-1","a":1}\n{"index":0,"id":"x","counts":{}}\n{"index":1,"id":"y","counts":{}}\n';

/** Files that this program writes for itself, and names. @param folder for the readers that want a path. */
export function ownFileTargets(folder: string): FuzzTarget[] {
  const path = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  return [
    {
      name: 'index of shards',
      files: changedJson(shards),
      read: async bytes => {
        path('000000.tar', Buffer.from('abc'));
        path('shards.json', bytes);
        const { length, id, labels } = await openShards({ root: folder });
        for (let i = 0; i < length; i++) resultName(`${id(i)}${(await labels(i)).length}`);
      },
    },
    {
      name: 'names of records',
      files: damaged([text('birds/robin.1'), text('../../x'), text('CON.png/x/x'), text('e\u0301/\u202e'), text('twice/twice')]),
      read: bytes => {
        for (const name of resultNames(Buffer.from(bytes).toString('utf8').split('/')))
          if (!resolve('/out', name).startsWith('/out/') || name.split('/').some(part => Buffer.byteLength(part) > 180))
            throw new TypeError(name);
      },
    },
    ...Object.entries(runFolder).map(([name, content]) => ({
      name: `run folder, ${name}`,
      files: name.endsWith('.json') ? changedJson(content) : damaged([text(content.repeat(3))]),
      read: (bytes: Uint8Array) => {
        for (const [other, whole] of Object.entries(runFolder)) path(other, Buffer.from(whole));
        path(name, bytes);
        readRun(folder);
      },
    })),
    { name: 'words of a checkpoint', files: changedJson(info), read: bytes => parseInfo(Buffer.from(bytes).toString(), 'c') },
    {
      name: 'log, taken back',
      files: damaged([text(runFolder['log.jsonl']!.repeat(4))]),
      read: async bytes => {
        path('log.jsonl', bytes);
        await rewindLog(folder, ({ step }) => step <= 2);
      },
    },
    {
      name: 'manifest',
      files: damaged([text('{"format":"wsss-checkpoint-1","iteration":2,"file":"a","bytes":1,"sha256":"b","notes":{},"check":"c"}')]),
      read: bytes => readManifest(path('iteration-00000002.json', bytes)),
    },
    {
      name: 'journal',
      files: damaged([text(journal)]),
      read: async bytes => {
        const opened = await Journal.open<{ index: number }>(path('progress.jsonl', bytes), { a: 1 });
        await opened.journal.close();
        for (const { index } of opened.earlier) String(index);
        if (opened.differing.length || !opened.earlier.length) throw new Error('another journal');
      },
    },
    {
      name: 'lock',
      files: damaged([
        text(JSON.stringify({ format: 'wsss-lock-1', token: 'a', pid: 2 ** 22 + 9, host: 'elsewhere', doing: 'x', since: 'y' })),
      ]),
      read: async bytes => {
        path('fuzz.lock', bytes);
        (await FolderLock.acquire(folder, { doing: 'fuzz', name: 'fuzz.lock' })).release();
      },
    },
  ];
}
