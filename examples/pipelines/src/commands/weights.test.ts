import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBackbone, VisionTransformer } from '@wsss/vit';
import { encoderWeights, parseSafetensors, readWeights, type StateDict, serializeSafetensors } from '@wsss/weights';
import { hashInName, publishedWeights } from '@wsss/weights/download';
import { afterAll, expect, it, vi } from 'vitest';
import { main } from '../cli.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));
const torchFile = fileURLToPath(new URL('../../../../packages/weights/fixtures/training.pth', import.meta.url));

/** Runs `mcc weights …`. */
async function weights(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  let [out, err] = ['', ''];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(text => Boolean((out += text)) || true);
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(text => Boolean((err += text)) || true);
  process.exitCode = 0;
  try {
    await main(['node', 'mcc', 'weights', ...args]);
    return { out, err, code: Number(process.exitCode) };
  } finally {
    process.exitCode = 0;
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

/** A small encoder, as a checkpoint of a training on several GPUs stores it. */
async function checkpoint(): Promise<{ file: string; state: StateDict }> {
  const vit = new VisionTransformer({ imageSize: 32, patchSize: 8, embedSize: 12, depth: 3, heads: 2 }, () => 0.3);
  const state = await vit.parameters.toStateDict();
  vit.dispose();
  const file = join(folder, 'checkpoint.safetensors');
  const named: StateDict = new Map([...state].map(([name, tensor]) => [`module.encoder.${name}`, tensor]));
  named.set('module.classifier.weight', { shape: [2, 12, 1, 1], data: new Float32Array(24) });
  writeFileSync(file, serializeSafetensors(named));
  return { file, state };
}

it('inspects a PyTorch file', async () => {
  const { out } = await weights('inspect', torchFile);
  expect(out).toMatch(/^tensor +shape +stored +min +mean +max$/m);
  expect(out).toMatch(/^model\.patch_embed\.weight +\[4, 3, 2, 2\] +f32/m);
  expect(out).toMatch(/training\.pth: PyTorch, 0\.0 MB, 24 tensors/);
  expect(out).toMatch(/^epoch: 3$/m);
  expect(out).toMatch(/No encoder for MCC: .*holds no vision transformer/);
});

it('says which encoder a file holds', async () => {
  const { file } = await checkpoint();
  const { encoder, values, notFinite, tensors } = JSON.parse((await weights('inspect', file, '--json')).out);
  expect(encoder).toEqual({
    ...{ naming: 'timm', prefix: 'module.encoder.', distilled: false },
    ...{ embedSize: 12, depth: 3, patchSize: 8, imageSize: 32, backbones: [] },
  });
  expect([values > 1000, notFinite, tensors.length]).toEqual([true, 0, 43]);
  expect((await weights('inspect', file)).out).toMatch(
    /Vision transformer, timm's names after "module\.encoder\.": 3 blocks of 12, patch 8, images of 32/,
  );
});

it('converts to safetensors', async () => {
  const { file, state } = await checkpoint();
  const out = join(folder, 'encoder.safetensors');
  expect((await weights('convert', file, out, '--encoder')).err).toMatch(/encoder\.safetensors: 42 tensors/);
  const { tensors, metadata } = parseSafetensors(readFileSync(out));
  expect(tensors).toEqual(state);
  expect(metadata).toEqual({ converted_from: 'checkpoint.safetensors' });

  await weights('convert', torchFile, out, '--half');
  const converted = await readWeights(out);
  expect(converted.types.get('model.norm.weight')).toBe('f16');
  expect(converted.metadata).toMatchObject({ epoch: '3', converted_from: 'training.pth' });
  for (const [args, message] of [
    [['convert', file, join(folder, 'x.pth')], /x\.pth: only safetensors are written/],
    [['convert', file, out, '--prefix', 'x.'], /--prefix chooses an encoder/],
    [['convert', torchFile, out, '--encoder'], /holds no vision transformer/],
    [['inspect', join(folder, 'none.pth')], /none\.pth cannot be read: there is no such file/],
    [['fetch', 'resnet50'], /weights "resnet50" are not known; known are deit_tiny_patch16_224/],
  ] as const) {
    const { err, code } = await weights(...args);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  }
});

it('fetches from a mirror, and refuses what is not the file', async () => {
  const server = createServer((_, response) => response.end('not the weights'));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/deit/`;
  const { err, code } = await weights('fetch', 'deit_tiny_patch16_224', '--from', mirror, '--out', folder);
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/deit\/deit_tiny_patch16_224-a1311bcf\.pth is not the file: its SHA-256 begins with/),
  ]);
  server.close();
  expect((await weights('fetch')).out).toMatch(
    /^deit_base_patch16_224 +https:\/\/dl\.fbaipublicfiles\.com\/deit\/deit_base_patch16_224-b5f2ef4d\.pth$/m,
  );
});

it('knows a hash of every published file, and a backbone for each', () => {
  for (const [name, url] of Object.entries(publishedWeights)) {
    expect(hashInName(url)).toMatch(/^[0-9a-f]{8}$/);
    expect(findBackbone(name.replace('_distilled', ''))).toBeDefined();
  }
});

it('gives an encoder what it loads', async () => {
  const { file, state } = await checkpoint();
  const vit = new VisionTransformer({ imageSize: 32, patchSize: 8, embedSize: 12, depth: 3, heads: 2 });
  vit.load(encoderWeights((await readWeights(file)).tensors).tensors, { source: file });
  expect(await vit.parameters.toStateDict()).toEqual(state);
  vit.dispose();
});
