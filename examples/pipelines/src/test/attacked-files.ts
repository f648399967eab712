import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint, saveCheckpoint } from '@wsss/train';
import { runCommand, smallCheckpoint, smallRecipe, smallVoc } from './command.js';

const deep = (open: string) => open.repeat(1e6);
/** A checkpoint with other words about itself. */
async function describedAs(checkpoint: string, file: string, change: (info: Record<string, object>) => unknown): Promise<string> {
  const { tensors, metadata } = await loadCheckpoint(checkpoint);
  const info = JSON.parse(metadata.info!);
  await saveCheckpoint(file, { tensors, metadata: { ...metadata, info: JSON.stringify(change(info) ?? info) } });
  return file;
}
/** One with another value in its last tensor. */
function changed(checkpoint: string, file: string, change: number): void {
  const bytes = readFileSync(checkpoint);
  bytes[bytes.length - 2]! ^= change;
  writeFileSync(file, bytes);
}

/** Writes what the attacks of attacks.test.ts are made with into a folder: files of others, damaged and hostile ones, pipes and links. */
export async function writeAttackedFiles(root: string): Promise<void> {
  const at = (...path: string[]) => join(root, ...path);
  const checkpoint = at('checkpoint.safetensors');
  await smallCheckpoint(checkpoint);
  await smallVoc(at('voc'), 3);
  writeFileSync(at('config.json'), JSON.stringify({ ...smallRecipe, evaluation: { before: false, batch: 2 } }));
  const { code, err } = await runCommand(['train', 'shapes', '--config', at('config.json'), '--iterations', '2', '--out', at('run')]);
  if (code !== 0) throw new Error(err);
  // what others wrote
  mkdirSync(at('theirs/labels'), { recursive: true });
  writeFileSync(at('theirs/labels/2007_000000.png'), 'a label of theirs');
  writeFileSync(at('theirs/page.html'), '<!doctype html> a thesis');
  writeFileSync(at('theirs/net.onnx'), 'a network of theirs');
  writeFileSync(at('theirs/recipe.json'), '{"a": "cake"}');
  mkdirSync(at('linked'));
  symlinkSync(at('theirs/labels'), at('linked/labels'));
  mkdirSync(at('packed/val.unfinished'), { recursive: true });
  writeFileSync(at('packed/val.unfinished/thesis.txt'), 'not a shard');
  // damaged and hostile files
  writeFileSync(at('deep.json'), `${deep('[')}`);
  writeFileSync(at('empty.json'), '');
  writeFileSync(at('cut.json'), '{"crop": 32,');
  await describedAs(checkpoint, at('depth.safetensors'), info => ({
    ...info,
    recipe: { ...info.recipe, backbone: { ...smallRecipe.backbone, depth: 1e9 } },
  }));
  await describedAs(checkpoint, at('large.safetensors'), info => ({
    ...info,
    recipe: { ...info.recipe, backbone: { ...smallRecipe.backbone, embedSize: 16_384, depth: 256 } },
  }));
  await describedAs(checkpoint, at('classes.safetensors'), info => ({ ...info, classes: 'all' }));
  await describedAs(checkpoint, at('dataset.safetensors'), info => ({ ...info, dataset: undefined }));
  await describedAs(checkpoint, at('nothing.safetensors'), () => ({}));
  const { tensors, metadata } = await loadCheckpoint(checkpoint);
  await saveCheckpoint(at('nested.safetensors'), { tensors, metadata: { ...metadata, info: deep('{"a":') } });
  changed(checkpoint, at('changed.safetensors'), 1);
  tensors.get('decoder.conv8.weight')!.data[3] = Number.NaN;
  await saveCheckpoint(at('nan.safetensors'), { tensors, metadata });
  tensors.get('decoder.conv8.weight')!.data[3] = Number.POSITIVE_INFINITY;
  await saveCheckpoint(at('infinite.safetensors'), { tensors, metadata });
  tensors.get('decoder.conv8.weight')!.data[3] = 0;
  for (const [name, { data }] of tensors) if (/conv8\.weight|classifier\.weight/.test(name)) data.fill(3e38);
  await saveCheckpoint(at('overflow.safetensors'), { tensors, metadata });
  // runs of which a file is damaged
  for (const [name, file, text] of [
    ['bad-evaluation', 'evaluation.json', '{"evaluation": {"segmentation": 7}}'],
    ['cut-evaluation', 'evaluation.json', '{"evaluation": '],
    ['bad-log', 'log.jsonl', '{"kind": "train"}\nnull\n7\n'],
    ['bad-recipe', 'recipe.json', '[]'],
    ['bad-examples', 'examples/index.json', '[{"id": "x", "panels": {"image": "../../../../etc/passwd"}}]'],
    ['bad-environment', 'environment.json', '{"a": 1}'],
  ] as const) {
    mkdirSync(at(name, 'examples'), { recursive: true });
    for (const part of ['recipe.json', 'log.jsonl']) writeFileSync(at(name, part), readFileSync(at('run', part)));
    writeFileSync(at(name, file), text);
  }
  for (const name of ['their-progress', 'linked-progress', 'elsewhere', 'pipe-log']) mkdirSync(at(name));
  writeFileSync(at('their-progress/progress.jsonl'), 'of theirs\n');
  symlinkSync(at('their-progress/progress.jsonl'), at('linked-progress/progress.jsonl'));
  cpSync(at('run'), at('linked-run'), { recursive: true });
  rmSync(at('linked-run/examples'), { recursive: true, force: true });
  symlinkSync(at('elsewhere'), at('linked-run/examples'));
  if (process.platform !== 'win32') execFileSync('mkfifo', [at('pipe'), at('pipe.jpg'), at('pipe-log/log.jsonl')]);
  writeFileSync(at('pipe-log/recipe.json'), readFileSync(at('run', 'recipe.json')));
}
