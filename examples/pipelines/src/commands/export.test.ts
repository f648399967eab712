import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vocClasses } from '@wsss/datasets';
import { parseSafetensors } from '@wsss/weights';
import { afterAll, expect, it } from 'vitest';
import { runCommand, smallCheckpoint } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = await smallCheckpoint(join(folder, 'run', 'checkpoint.safetensors'));
const exporting = (...args: string[]) => runCommand(['export', '--checkpoint', checkpoint, ...args]);

it('writes ONNX, and says what goes in and out', async () => {
  const out = join(folder, 'mcc.onnx');
  const { out: json, err, code } = await exporting('--out', out, '--cam', '--json');
  expect([code, err]).toEqual([
    0,
    expect.stringContaining('mcc.onnx: images float32 [batch, 3, height, width] → segmentation, cam, aux_cam, image_logits'),
  ]);
  expect(JSON.parse(json)).toMatchObject({ format: 'onnx', classes: ['background', ...vocClasses] });
  expect(readFileSync(out).includes('encoder.blocks.3.mlp.fc2.weight')).toBe(true);
});

it('writes safetensors with every tensor that the authors’ network wants, and none of the optimizer', async () => {
  const out = join(folder, 'mcc.safetensors');
  await exporting('--out', out);
  const { tensors, metadata } = parseSafetensors(readFileSync(out), out);
  expect([tensors.get('encoder.head.weight')!.shape, tensors.get('decoder.conv8.weight')!.shape]).toEqual([
    [1000, 16],
    [21, 8, 1, 1],
  ]);
  expect([...tensors.keys()].filter(name => name.startsWith('optimizer'))).toEqual([]);
  expect(metadata).toMatchObject({ format: 'pt', dataset: 'voc', iteration: '4' });
  expect(JSON.parse(metadata.normalization!)).toEqual({ mean: expect.any(Array), std: expect.any(Array) });
});

it('says what a network does about artifact tokens that safetensors cannot hold', async () => {
  const also = { artifacts: { remedy: 'register', neurons: [[], [3]] } };
  const moved = await smallCheckpoint(join(folder, 'moved', 'checkpoint.safetensors'), { also });
  const exported = (name: string) => runCommand(['export', '--checkpoint', moved, '--out', join(folder, name)]);
  expect((await exported('moved.safetensors')).err).toMatch(/does not hold that neurons are moved to a register token: .* ONNX does\./);
  expect((await exported('moved.onnx')).err).not.toContain('does not hold');
});

it('refuses what it cannot write or read, and leaves nothing behind', async () => {
  const damaged = join(folder, 'damaged.safetensors');
  writeFileSync(damaged, readFileSync(checkpoint));
  truncateSync(damaged, 100_000);
  mkdirSync(join(folder, 'taken.onnx'));
  const before = readdirSync(folder);
  for (const [args, message] of [
    [['--out', join(folder, 'never.pth')], /never\.pth ends in \.pth; give a name that ends in \.onnx or \.safetensors/],
    [['--out', join(folder, 'never.safetensors'), '--cam'], /--cam is for ONNX/],
    [['--out', join(checkpoint, 'never.onnx')], /never\.onnx could not be written/],
    [['--out', join(folder, 'taken.onnx')], /taken\.onnx could not be written/],
    [['--checkpoint', damaged, '--out', join(folder, 'never.onnx')], /damaged\.safetensors/],
  ] as const)
    expect(await exporting(...args)).toMatchObject({ code: 1, err: expect.stringMatching(message) });
  expect(readdirSync(folder)).toEqual(before);
});
