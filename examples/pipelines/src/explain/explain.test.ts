import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { shapesDataset } from '@wsss/datasets';
import { inspectPage, type PageView, usualViews, withoutChromium } from '@wsss/fixtures';
import { classTokenContrastLoss } from '@wsss/losses';
import { serializeSafetensors } from '@wsss/weights';
import { afterAll, describe, expect, it } from 'vitest';
import { createNetwork } from '../network/create.js';
import { overlay } from '../recipes/check-recipe.js';
import { shapes } from '../recipes/shapes.js';
import { smallInfo } from '../test/command.js';
import { earlierNetwork } from './earlier-network.js';
import { affinityMeans } from './explain-network.js';
import { explainPage } from './explain-page.js';
import { explainImage } from './explanation.js';
import { explanationJson } from './explanation-json.js';
import { findImage, labelsFromNames } from './find-image.js';

const recipe = overlay(
  shapes,
  {
    backbone: { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 },
    crop: 64,
    projector: { hiddenSize: 16, bottleneckSize: 8, outputSize: 12 },
    decoder: { hiddenSize: 8, dilation: 1 },
    cam: { scales: [1], low: 0.35, high: 0.6 },
    classifiers: { initialScale: 1, positiveWeight: 2 },
    masks: { count: 8, ratio: 0.8, cell: 2, positiveRatio: 0.7 },
  },
  'the test',
);
const dataset = shapesDataset({ seed: 1, length: 4, size: 96 });
const info = { ...smallInfo(recipe, { dataset: 'shapes', classes: dataset.classes }), iteration: 300 };
const network = createNetwork(recipe, dataset.classes.length);
const earlier = createNetwork({ ...recipe, seed: 7 }, dataset.classes.length);
afterAll(() => {
  network.dispose();
  earlier.dispose();
});
const picture = await dataset.image(0);
const labels = await dataset.labels(0);
const options = { picture, labels, name: 'Shapes 0', seed: 3 };
const tensorsBefore = tf.memory().numTensors;
const found = await explainImage({ network, info }, earlier, options);
const tensorsAfter = tf.memory().numTensors;

describe('explainImage', () => {
  it('says which tokens are artifacts', async () => {
    const spiked = createNetwork(recipe, dataset.classes.length);
    const positions = spiked.variable('encoder.pos_embed');
    const values = positions.dataSync().slice();
    values[16] = 500; // the first channel of the first patch
    positions.assign(tf.tensor(values, positions.shape));
    const { artifacts, ...rest } = await explainImage({ network: spiked, info }, undefined, options);
    spiked.dispose();
    expect(artifacts.patches).toContain(0);
    expect(artifacts.patches.length).toBeLessThan(32);
    expect(artifacts.largest).toBe(Math.max(...rest.after.tokenNorms));
    expect(artifacts.largest).toBeGreaterThan(5);
    const html = await explainPage({ artifacts, ...rest }, { after: 'a test' });
    expect(html).toContain(
      `${artifacts.patches.length} of the 64 tokens that the auxiliary classifier reads are artifacts (row, column 1,1`,
    );
  });

  it('adds up what the views see, and flags them as it says', () => {
    expect(tensorsAfter).toBe(tensorsBefore);
    expect(found.grid).toEqual([8, 8]);
    expect(found.views).toHaveLength(8);
    for (const { hidden, visible, importance, threshold, positive } of found.views) {
      expect(visible).toBe(64 - hidden.reduce((sum, v) => sum + v, 0));
      expect(importance).toBe(hidden.reduce((sum, v, patch) => sum + (1 - v) * found.after.importance[patch]!, 0));
      expect(threshold).toBeCloseTo(0.7 * visible, 6);
      expect(positive).toBe(importance > threshold);
    }
    expect(new Set(found.views.map(({ positive }) => positive)).size).toBe(2);
    expect(found.labelsFrom).toBe('given');
    expect(found.artifacts).toMatchObject({ patches: [], remedy: 'none' });
  });

  it('compares both networks on the same views, and a network with itself is the same', async () => {
    const own = await explainImage({ network, info }, network, options);
    expect(own.before!.logits).toEqual(own.after.logits);
    expect(own.before!.contrast).toBe(own.after.contrast);
    expect(own.affinity.before).toEqual(own.affinity.after);
    expect(found.after.logits).toEqual(own.after.logits);
    expect(found.before!.logits).not.toEqual(own.after.logits);
  });

  it('has affinities that are symmetric and 1 of a patch with itself, and attention below 1', () => {
    const { after, patch, grid } = found;
    for (let i = 0; i < 64; i++) {
      expect(after.affinity[i * 64 + i]).toBeCloseTo(1, 5);
      for (let j = 0; j < i; j++) expect(after.affinity[i * 64 + j]).toBeCloseTo(after.affinity[j * 64 + i]!, 5);
    }
    expect(after.attention.reduce((sum, v) => sum + v, 0)).toBeLessThan(1);
    expect(after.cam.length).toBe(64 * 64);
    expect(patch.index).toBe(patch.row * grid[1] + patch.column);
  });

  it('looks at the patch that it is told to, in proportions of the picture', async () => {
    const wide = { width: 96, height: 48, data: picture.data.subarray(0, 96 * 48 * 3) };
    const found = await explainImage({ network, info }, undefined, { ...options, picture: wide, place: { x: 95, y: 0 }, size: 32 });
    expect([found.grid, found.patch]).toEqual([[3, 6], { row: 0, column: 5, index: 5 }]);
    await expect(explainImage({ network, info }, undefined, { ...options, place: { x: 96, y: 0 } })).rejects.toThrow(
      '--patch: 96,0 lies outside Shapes 0, which is 96×96',
    );
  });

  it('predicts labels where none are given, at least one', async () => {
    const found = await explainImage({ network, info }, undefined, { ...options, labels: undefined });
    expect(found.labelsFrom).toBe('predicted');
    const likely = found.after.probabilities.map(p => (p >= Math.min(0.5, Math.max(...found.after.probabilities)) ? 1 : 0));
    expect([...found.labels]).toEqual(likely);
    await expect(explainImage({ network, info }, undefined, { ...options, labels: new Float32Array(5) })).rejects.toThrow(
      'no class is labeled',
    );
  });
});

it('averages affinities of pairs as the affinity loss pairs them', () => {
  // Three labeled patches and one that is undecided: 0 and 1 are alike.
  const affinity = Float32Array.from([1, 0.5, 0.1, 9, 0.5, 1, 0.3, 9, 0.1, 0.3, 1, 9, 9, 9, 9, 9]);
  const { same, different } = affinityMeans(affinity, [1, 1, 0, 255]);
  expect(same).toBeCloseTo(0.5, 6);
  expect(different).toBeCloseTo(0.2, 6);
});

it('has the contrast of its own logits', () => {
  const { after } = found;
  // With an identity for the student, the teacher's rows are the logits themselves.
  const views = after.logits[0]!.length;
  const loss = classTokenContrastLoss(tf.eye(views), tf.tensor2d(after.logits), tf.tensor2d([[1, 1, ...after.flags]]), { temperature: 1 });
  expect(loss.dataSync()[0]).toBeCloseTo(after.contrast, 4);
});

describe('explainPage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'explain-'));
  it.skipIf(withoutChromium)(`opens on a phone and a desk, and shows the patch that is tapped${withoutChromium}`, async () => {
    const file = join(folder, 'page.html');
    writeFileSync(file, await explainPage(found, { after: 'a.safetensors, iteration 300', before: 'b.safetensors' }));
    const tap: PageView = {
      ...usualViews[0]!,
      act: page =>
        page
          .locator('.stage')
          .first()
          .click({ position: { x: 3, y: 3 } }),
    };
    const [phone, desk, tapped] = await inspectPage(file, [...usualViews, tap]);
    for (const seen of [phone, desk, tapped])
      expect(seen).toMatchObject({ errors: [], requests: [], brokenImages: [], emptyCharts: [], overflowing: [], images: 20, charts: 4 });
    const { row, column } = found.patch;
    expect(desk!.text).toContain(`row ${row + 1}, column ${column + 1}, mean`);
    expect(tapped!.text).toContain('row 1, column 1, mean');
    const positive = found.views.filter(view => view.positive).length;
    expect(desk!.text.match(/L\d positive/g)!.length).toBeGreaterThanOrEqual(positive);
  });

  it('has its numbers as JSON too', () => {
    const json = JSON.parse(JSON.stringify(explanationJson(found)));
    expect(json).toMatchObject({ image: 'Shapes 0', grid: [8, 8], labelsFrom: 'given', patch: found.patch });
    expect([json.views.length, json.after.logits.length, json.after.logits[1].length, json.before.affinityOfPatch.length]).toEqual([
      8, 2, 10, 64,
    ]);
    expect(json.after.affinityOfPatch[json.patch.index]).toBeCloseTo(1, 4);
  });
});

describe('what is typed', () => {
  it('names a file or an image of a data set', async () => {
    const { name, labels: given } = await findImage('shapes:2', {});
    expect(name).toMatch(/^Shapes /);
    expect(given).toHaveLength(5);
    await expect(findImage('shapes:100', {})).rejects.toThrow('Shapes val has no image 100; give one of its ids');
    await expect(findImage('nowhere.jpg', {})).rejects.toThrow('cannot read image nowhere.jpg: the file does not exist');
  });

  it('names classes', () => {
    expect([...labelsFromNames(['b'], ['a', 'b'])]).toEqual([0, 1]);
    expect(() => labelsFromNames(['c'], ['a', 'b'])).toThrow('--labels: there is no class c; the classes are a, b');
  });

  it('names an earlier checkpoint or an encoder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'earlier-'));
    const [whole, encoder] = [join(folder, 'whole.safetensors'), join(folder, 'encoder.safetensors')];
    const state = await earlier.toStateDict();
    writeFileSync(whole, serializeSafetensors(new Map([...state, ['optimizer.x', { shape: [1], data: new Float32Array(1) }]])));
    writeFileSync(encoder, serializeSafetensors(await earlier.encoder.parameters.toStateDict()));
    for (const [file, sameHeads] of [
      [whole, true],
      [encoder, false],
    ] as const) {
      const loaded = await earlierNetwork(file, info);
      for (const name of ['encoder.norm.weight', 'encoder.blocks.0.mlp.fc1.weight', 'classifier.weight']) {
        const [a, b] = [loaded.variable(name).dataSync(), earlier.variable(name).dataSync()];
        name.startsWith('encoder') || sameHeads ? expect(a).toEqual(b) : expect(a).not.toEqual(b);
      }
      loaded.dispose();
    }
    const before = tf.memory().numTensors;
    await expect(earlierNetwork(whole, { ...info, classes: ['a', 'b'] })).rejects.toThrow(/whole\.safetensors does not fit/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
