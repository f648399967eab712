import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type DatasetName, vocClasses, writePalettePng } from '@wsss/datasets';
import { AdamW } from '@wsss/train';
import sharp from 'sharp';
import { vi } from 'vitest';
import { main } from '../cli.js';
import { createNetwork } from '../network/create.js';
import { parameterGroups } from '../network/parameter-groups.js';
import { overlay } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/registry.js';
import { scheduleOf } from '../recipes/schedule.js';
import { saveTraining } from '../run/checkpoint.js';
import type { CheckpointInfo } from '../run/checkpoint-info.js';

/** Runs `mcc …` in this process on the engine of the tests, and returns what it wrote and the exit code. */
export async function runCommand(
  args: readonly string[],
  onText?: (text: string) => void,
): Promise<{ out: string; err: string; code: number }> {
  process.env.WSSS_ENGINE ??= 'wasm';
  const text = { out: '', err: '' };
  const catching = (['stdout', 'stderr'] as const).map(stream =>
    vi.spyOn(process[stream], 'write').mockImplementation(chunk => {
      text[stream === 'stdout' ? 'out' : 'err'] += chunk;
      onText?.(String(chunk));
      return true;
    }),
  );
  const exit = process.exitCode;
  process.exitCode = 0;
  try {
    await main(['node', 'mcc', ...args]);
    return { ...text, code: Number(process.exitCode) };
  } finally {
    process.exitCode = exit;
    for (const spy of catching) spy.mockRestore();
  }
}

/** A recipe whose network and pictures are so small that everything takes moments. */
export const smallRecipe = {
  backbone: { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 },
  crop: 32,
  batch: 2,
  iterations: 4,
  schedule: { classificationUntil: -1, segmentationAfter: 0, mainCamForMasksAfter: 2 },
  projector: { hiddenSize: 16, bottleneckSize: 8, outputSize: 12 },
  decoder: { hiddenSize: 8, dilation: 1 },
  cam: { scales: [1], background: 0.3 },
  par: { dilations: [1, 2], iterations: 2 },
  evaluation: { before: true, batch: 2 },
  log: { every: 1, checkpointEvery: 2 },
};

/** What a checkpoint after four iterations says about itself. */
export function smallInfo(
  recipe: Recipe,
  { dataset = 'voc', classes = vocClasses }: { dataset?: DatasetName; classes?: readonly string[] } = {},
): CheckpointInfo {
  const schedule = scheduleOf(recipe, recipes[dataset].shares);
  return {
    ...{ dataset, classes: [...classes], recipe, iteration: 4 },
    loop: { iteration: 4, unlogged: {}, skipped: 0 },
    about: {
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      schedule: { ...schedule, learningRateFactor: 1 },
      random: { seed: recipe.seed, generator: 'xoshiro128**', position: 4 },
      data: { split: 'train', images: 4, position: 4 * recipe.batch },
      engine: { version: 'a test', threads: 1 },
      recompute: false,
      ranks: { count: 1, microBatches: 1 },
      code: { mcc: '0.0.0', commit: null, node: process.version, tfjs: '4.22.0' },
    },
  };
}

/** Writes a checkpoint of untrained weights. @returns its path */
export async function smallCheckpoint(
  file: string,
  { dataset = 'voc', classes = vocClasses, also = {} }: { dataset?: DatasetName; classes?: readonly string[]; also?: object } = {},
): Promise<string> {
  const recipe = overlay(recipes[dataset].recipe, { ...smallRecipe, ...also }, 'test');
  const network = createNetwork(recipe, classes.length);
  const optimizer = new AdamW(parameterGroups(network, { learningRate: 0, headLearningRate: 0, projectorLearningRate: null }), {});
  await saveTraining(file, network, { optimizer: await optimizer.state() }, smallInfo(recipe, { dataset, classes }));
  optimizer.dispose();
  network.dispose();
  return file;
}

/** Writes a VOC of a few small pictures of two sizes: `val` with masks, `test` without. @returns its folder and names */
export async function smallVoc(root: string, count = 5): Promise<{ root: string; ids: string[] }> {
  const folders = { images: join(root, 'JPEGImages'), masks: join(root, 'SegmentationClass'), lists: join(root, 'ImageSets/Segmentation') };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const ids = Array.from({ length: count }, (_, i) => `2007_00000${i}`);
  for (const [i, id] of ids.entries()) {
    const random = createRandom(i, 'test picture');
    const [width, height] = i % 2 ? [40, 33] : [36, 48];
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => 256 * random.uniform());
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .blur(3)
      .normalize()
      .jpeg()
      .toFile(join(folders.images, `${id}.jpg`));
    const data = Uint8Array.from({ length: width * height }, (_, p) => (p % width < 12 ? 1 + i : p % width < 14 ? 255 : 0));
    await writePalettePng(join(folders.masks, `${id}.png`), { width, height, data });
  }
  for (const list of ['val', 'test']) writeFileSync(join(folders.lists, `${list}.txt`), `${ids.join('\n')}\n`);
  return { root, ids };
}
