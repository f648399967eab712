import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '@wsss/train';
import { afterAll, expect, it, vi } from 'vitest';
import { runCommand, smallRecipe, smallVoc } from '../test/command.js';

const onMicroBatch = vi.hoisted(() => ({ call: () => {} }));
vi.mock('./prepare-batch.js', async original => {
  const module = await original<typeof import('./prepare-batch.js')>();
  const { prepareBatch } = module;
  return {
    ...module,
    prepareBatch: (...args: Parameters<typeof prepareBatch>) => {
      onMicroBatch.call();
      return prepareBatch(...args);
    },
  };
});
vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), 'wsss-unreadable-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('an image that cannot be read while a run is under way ends it, saved; mended, it goes on as if nothing had been', async () => {
  const { root, ids } = await smallVoc(join(folder, 'voc'));
  const config = join(folder, 'config.json');
  const settings = { iterations: 10, accumulate: 1, evaluation: { before: false, batch: 5 }, log: { every: 5, checkpointEvery: 5 } };
  writeFileSync(config, JSON.stringify({ ...smallRecipe, ...settings }));
  const train = (name: string, ...more: string[]) =>
    runCommand(['train', 'voc', '--data', root, '--train-split', 'val', '--out', join(folder, name), '--config', config, ...more]);
  const stateOf = async (name: string) => (await loadCheckpoint(join(folder, name, 'checkpoint.safetensors'))).tensors;

  expect(await train('whole')).toMatchObject({ code: 0, err: expect.stringContaining('Written to') });
  const files = ids.map(id => join(root, 'JPEGImages', `${id}.jpg`));
  const contents = files.map(file => readFileSync(file));
  onMicroBatch.call = () => {
    for (const file of files) truncateSync(file, 100);
  };
  const { code, err } = await train('broken');
  onMicroBatch.call = () => {};
  expect(code).toBe(1);
  expect(err).toMatch(
    /mcc: iteration [1-9]: .*2007_00000\d\.jpg.*The run is saved up to there: mend what cannot be read, then go on with --resume/,
  );
  files.forEach((file, i) => {
    writeFileSync(file, contents[i]!);
  });
  const resumed = await train('broken', '--resume');
  expect([resumed.code, resumed.err]).toEqual([0, expect.stringMatching(/Going on after [1-9] iterations/)]);
  expect(await stateOf('broken')).toEqual(await stateOf('whole'));
});
