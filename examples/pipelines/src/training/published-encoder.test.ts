import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWeights } from '@wsss/weights';
import { afterAll, expect, it } from 'vitest';
import { runCommand, smallVoc } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-dinov2-'));
afterAll(() => rmSync(folder, { recursive: true }));
const weights = fileURLToPath(new URL('../../../../fixtures/encoders/dinov2-reg.pth', import.meta.url));
const engine = ['--engine', process.env.WSSS_ENGINE ?? 'wasm'];
const config = join(folder, 'config.json');
const out = join(folder, 'run');
writeFileSync(
  config,
  JSON.stringify({
    // Registers and LayerScale are not said: the weights have them.
    backbone: { imageSize: 56, patchSize: 14, embedSize: 12, depth: 3, heads: 2, positionResizing: 'antialiased' },
    projector: { hiddenSize: 8, bottleneckSize: 4, outputSize: 4 },
    decoder: { hiddenSize: 4, dilation: 1 },
    masks: { count: 2, cell: 2 },
    evaluation: { before: false, batch: 16 },
    par: { iterations: 1, dilations: [1] },
    cam: { scales: [1, 0.5] },
    // All losses from the start, and every parameter is to move visibly.
    schedule: { segmentationAfter: 0, mainCamForMasksAfter: 0, mainCamForLabelsAfter: 0 },
    optimizer: { learningRate: 1e-2, warmupIterations: 0 },
    log: { every: 1, checkpointEvery: 1 },
  }),
);
const train = (iterations: number, ...more: string[]) =>
  runCommand([
    'train',
    'shapes',
    '--config',
    config,
    '--crop',
    '70',
    '--batch',
    '2',
    '--iterations',
    `${iterations}`,
    ...engine,
    '--out',
    out,
    ...more,
  ]);

it('trains an encoder with patches of 14 pixels, registers and LayerScale, goes on without its weights, and is used', async () => {
  const refused = await train(2, '--weights', weights, '--crop', '64');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('crop 64 is not a multiple of the patch size 14; use 56 or 70')]);

  const begun = await train(2, '--weights', weights);
  expect([begun.code, begun.err]).toEqual([0, expect.stringMatching(/2 iterations in/)]);
  expect(JSON.parse(readFileSync(join(out, 'recipe.json'), 'utf8')).backbone).toMatchObject({ layerScale: true, registers: 3 });
  const [before, after] = await Promise.all([readWeights(weights), readWeights(join(out, 'checkpoint.safetensors'))]);
  for (const [name, there] of [
    ['reg_token', 'register_tokens'],
    ['blocks.0.ls1.gamma', 'blocks.0.ls1.gamma'],
    ['blocks.2.ls2.gamma', 'blocks.2.ls2.gamma'],
    ['patch_embed.proj.weight', 'patch_embed.proj.weight'],
  ]) {
    const [a, b] = [before.tensors.get(there!)!, after.tensors.get(`encoder.${name}`)!];
    expect(b.shape, name).toEqual(a.shape);
    expect(a.data.filter((value, i) => value === b.data[i]).length, name).toBe(0); // every value has been trained
  }
  expect(after.tensors.get('encoder.pos_embed')).toEqual(before.tensors.get('pos_embed'));

  const resumed = await train(2, '--resume');
  expect([resumed.code, resumed.err]).toEqual([0, expect.stringMatching(/Going on after 2 iterations/)]);

  const { root } = await smallVoc(join(folder, 'voc'), 2);
  const picture = join(root, 'JPEGImages', '2007_000000.jpg');
  const checkpoint = join(out, 'checkpoint.safetensors');
  for (const command of [
    ['predict', picture, '--checkpoint', checkpoint, '--out', join(folder, 'predicted'), ...engine],
    ['explain', picture, '--checkpoint', checkpoint, '--labels', 'disc', '--out', join(folder, 'e.html'), '--before', weights, ...engine],
    ['export', '--checkpoint', checkpoint, '--out', join(folder, 'model.onnx')],
    ['weights', 'inspect', checkpoint],
  ]) {
    const { code, err } = await runCommand(command);
    expect([command[0], code, code ? err : '']).toEqual([command[0], 0, '']);
  }
  expect(existsSync(join(folder, 'model.onnx'))).toBe(true);
});
