import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backbones, VisionTransformer } from '@wsss/vit';
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
    ...{ embedSize: 12, depth: 3, patchSize: 8, imageSize: 32, backbones: [], misfits: {} },
    config: { backbone: { embedSize: 12, depth: 3, patchSize: 8, imageSize: 32, heads: 1 } },
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
  expect((await weights('fetch')).out).toBe((await weights('list')).out);
  const plain = createServer((_, response) => response.end('weights'));
  await new Promise<void>(resolve => plain.listen(0, '127.0.0.1', resolve));
  const from = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
  const fetched = await weights('fetch', 'vit_small_patch14_dinov2.lvd142m', '--from', from, '--out', folder);
  expect([fetched.code, fetched.out.trim()]).toEqual([0, join(folder, 'dinov2_vits14_pretrain.pth')]);
  expect(fetched.err).toMatch(/its authors state no SHA-256 to check it by; here it is [0-9a-f]{64}\./);
  plain.close();
});

it('lists published weights with size, source and published results', async () => {
  const { out } = await weights('list');
  expect(out).toMatch(
    /^deit_base_patch16_224 +85\.8 M values {2}ImageNet-1k\n {4}https:\/\/dl\.fbaipublicfiles\.com\/deit\/deit_base_patch16_224-b5f2ef4d\.pth\n {4}mIoU, MCC: VOC val 70\.3, test 71\.2/m,
  );
  expect(out).toMatch(/^vit_tiny_patch16_224\.augreg_in21k +5\.5 M values {2}ImageNet-21k {2}--backbone vit_tiny_patch16_224$/m);
  expect(out).toMatch(/^vit_small_patch14_reg4_dinov2\.lvd142m +22\.1 M values .*\n {4}https:\S+\/dinov2_vits14_reg4_pretrain\.pth$/m);
  expect(JSON.parse((await weights('list', '--json')).out)).toContainEqual(
    expect.objectContaining({ name: 'deit3_small_patch16_224.fb_in1k', backbone: 'deit3_small_patch16_224', values: 21_674_496 + 384 }),
  );
});

it('knows a backbone for all published weights, and a hash of those whose authors state one', () => {
  for (const [name, { url, backbone }] of Object.entries(publishedWeights)) {
    expect(Object.keys(backbones)).toContain(backbone);
    expect(name.replace('_distilled', '').split('.')[0]).toBe(backbone);
    if (name.includes('.')) expect([hashInName(url), url]).toEqual([undefined, expect.stringMatching(/^https:.*\.(npz|pth)$/)]);
    else expect(hashInName(url)).toMatch(/^[0-9a-f]{8}$/);
  }
});

it('gives an encoder what it loads', async () => {
  const { file, state } = await checkpoint();
  const vit = new VisionTransformer({ imageSize: 32, patchSize: 8, embedSize: 12, depth: 3, heads: 2 });
  vit.load(encoderWeights((await readWeights(file)).tensors).tensors, { source: file });
  expect(await vit.parameters.toStateDict()).toEqual(state);
  vit.dispose();
});
