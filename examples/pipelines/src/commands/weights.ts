import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { catchInterruption, Progress, writeAtomically } from '@wsss/train';
import { type Backbone, backbones } from '@wsss/vit';
import { describeWeights, type EncoderDescription, encoderWeights, readWeights, serializeSafetensors } from '@wsss/weights';
import { download, hashInName, mostBytesOf, publishedWeights, weightsFolder } from '@wsss/weights/download';
import type { Command } from 'commander';
import { claimFile, isOwnConversion } from '../run/outputs.js';
import { forceOption } from './options.js';

/** mcc weights: looks at, fetches and converts weights of other programs. */
export function addWeightsCommand(program: Command): void {
  const weights = program
    .command('weights')
    .summary('inspect, fetch and convert pretrained weights')
    .description('Looks at, fetches and converts weights: safetensors, PyTorch (.pth), NumPy (.npy, .npz). Nothing in a file is executed.')
    .addHelpText(
      'after',
      `
Examples:
  mcc weights fetch deit_base_patch16_224
  mcc weights inspect deit_base_patch16_224-b5f2ef4d.pth
  mcc weights convert checkpoint.pth encoder.safetensors --encoder
  mcc train voc --data VOC_DIR --weights $(mcc weights fetch deit_small_patch16_224) --backbone deit_small_patch16_224 --out runs/voc`,
    );

  weights
    .command('inspect')
    .summary('show what a file of weights holds')
    .description('Shows tensors, their ranges, what else a file holds, and which backbone fits. Does not execute anything in the file.')
    .argument('<file>', 'safetensors, .pth, .npy or .npz')
    .option('--prefix <text>', "what stands before the encoder's names, if there are several encoders")
    .option('--json', 'print it as JSON')
    .action(async (file: string, { prefix, json }: { prefix?: string; json?: boolean }) => {
      const inspection = await inspect(file, prefix);
      process.stdout.write(`${json ? JSON.stringify(inspection) : tableOf(inspection)}\n`);
    });

  weights
    .command('fetch')
    .summary('fetch published weights')
    .description(
      'Fetches weights from where their authors publish them and checks their SHA-256 against the digits in their name. ' +
        'An interrupted download goes on where it ended. Prints the path of the file.',
    )
    .argument('[name]', 'which; without it, all names are listed')
    .option('--out <dir>', 'folder for the file (default: ~/.cache/wsss/weights)')
    .option('--from <url>', 'folder of a mirror, instead of the official address')
    .action(async (name: string | undefined, { out = weightsFolder(), from }: { out?: string; from?: string }) => {
      const known = Object.keys(publishedWeights);
      if (name === undefined) {
        process.stdout.write(`${known.map(each => `${each.padEnd(34)}${publishedWeights[each]}`).join('\n')}\n`);
        return;
      }
      if (!known.includes(name)) throw new Error(`weights ${JSON.stringify(name)} are not known; known are ${known.join(', ')}`);
      process.stdout.write(`${await fetchWeights(name, out, from)}\n`);
    });

  weights
    .command('convert')
    .summary('write weights as safetensors')
    .description("Writes a file of weights as safetensors, or only its encoder under timm's names.")
    .argument('<file>', 'safetensors, .pth, .npy or .npz')
    .argument('<out>', 'where the safetensors file goes')
    .option('--encoder', "only the vision transformer, under timm's names; the distillation token is left out")
    .option('--prefix <text>', "what stands before the encoder's names, if there are several encoders (with --encoder)")
    .option('--half', 'store float tensors as float16')
    .addOption(forceOption())
    .action(async (file: string, out: string, options: { encoder?: boolean; prefix?: string; half?: boolean; force?: boolean }) => {
      if (!out.endsWith('.safetensors')) throw new Error(`${out}: only safetensors are written; let its name end in .safetensors`);
      if (options.prefix !== undefined && !options.encoder) throw new Error('--prefix chooses an encoder; give --encoder with it');
      claimFile('the second name', out, { inputs: [file], force: options.force }, isOwnConversion);
      const { tensors, metadata } = await readWeights(file);
      const { digest: _, ...rest } = metadata; // of the file as it was
      const chosen = options.encoder ? encoderWeights(tensors, { source: file, prefix: options.prefix }).tensors : tensors;
      const bytes = serializeSafetensors(chosen, {
        metadata: { ...rest, converted_from: basename(file) },
        float: options.half ? 'F16' : 'F32',
      });
      await writeAtomically(out, bytes);
      process.stderr.write(`${out}: ${chosen.size} tensors, ${(bytes.length / 1e6).toFixed(1)} MB\n`);
    });
}

/** Fetches a file into a folder, showing how far it is. @returns its path. */
async function fetchWeights(weights: string, folder: string, mirror?: string): Promise<string> {
  const address = publishedWeights[weights]!;
  const name = basename(new URL(address).pathname);
  const url = mirror === undefined ? address : `${mirror.replace(/\/$/, '')}/${name}`;
  const interruption = catchInterruption({
    stream: { write: () => process.stderr.write('\nStopping; the same command goes on with what is here.\n') },
  });
  let progress: Progress | undefined;
  const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
  try {
    const { file, fetched } = await download(url, join(folder, name), {
      sha256: hashInName(name)!,
      mostBytes: mostBytesOf(weights),
      signal: interruption.signal,
      onProgress: (done, total) => {
        if (total === undefined) return;
        progress ??= new Progress({ total: megabytes(total), start: megabytes(done), label: `${name}, MB` });
        progress.update(megabytes(done));
      },
    });
    progress?.finish();
    process.stderr.write(fetched ? `Fetched ${url}; its SHA-256 begins with ${hashInName(name)}.\n` : 'It is here already.\n');
    return file;
  } finally {
    progress?.finish();
    interruption.release();
  }
}

type Inspection = Awaited<ReturnType<typeof inspect>>;

/** What `mcc weights inspect` tells of a file. */
async function inspect(file: string, prefix?: string) {
  const weights = await readWeights(file);
  const { size: bytes } = await stat(file);
  const { encoder, ...described } = describeWeights(weights, { source: file, prefix });
  const fits = encoder && { ...encoder, backbones: fitting(encoder) };
  return { file, format: weights.format, bytes, ...described, metadata: weights.metadata, encoder: fits };
}

/** Names of the backbones that have an encoder's sizes. */
function fitting({ embedSize, depth, patchSize, imageSize }: EncoderDescription): string[] {
  const sizes = { embedSize, depth, patchSize, imageSize };
  const fits = (backbone: Backbone) => Object.entries(sizes).every(([key, value]) => backbone[key as keyof typeof sizes] === value);
  return Object.keys(backbones).filter(name => fits(backbones[name]!));
}

function tableOf({ file, format, bytes, tensors, values, notFinite, metadata, encoder, noEncoder }: Inspection): string {
  const number = (value?: number) => (value === undefined ? '–' : Number(value.toPrecision(4)).toString());
  const rows = [
    ['tensor', 'shape', 'stored', 'min', 'mean', 'max'],
    ...tensors.map(({ name, shape, stored = '', minimum, mean, maximum }) => [
      ...[name, `[${shape.join(', ')}]`, stored],
      ...[minimum, mean, maximum].map(number),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => rows.reduce((widest, row) => Math.max(widest, row[column]!.length), 0));
  const lines = rows.map(row => row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '));
  const depth = (name: string) => name.split('.').length;
  const entries = Object.entries(metadata).sort(([a], [b]) => depth(a) - depth(b));
  const shown = [...entries.slice(0, 20).map(([key, value]) => `${key}: ${value}`), ...(entries.length > 20 ? ['…'] : [])];
  const broken = notFinite ? `, ${notFinite} of them NaN or infinite` : '';
  return [
    ...lines.map(line => line.trimEnd()),
    '',
    ...(shown.length ? [...shown, ''] : []),
    `${file}: ${format}, ${(bytes / 1e6).toFixed(1)} MB, ${tensors.length} tensors, ${(values / 1e6).toFixed(2)} M values${broken}`,
    encoder ? encoderLine(encoder) : `No encoder for MCC: ${noEncoder}`,
  ].join('\n');
}

function encoderLine(encoder: NonNullable<Inspection['encoder']>): string {
  const { naming, prefix, distilled, embedSize, depth, patchSize, imageSize, backbones } = encoder;
  const names = `${naming}'s names${prefix ? ` after ${JSON.stringify(prefix)}` : ''}`;
  const sizes = `${depth} blocks of ${embedSize}, patch ${patchSize}, images of ${imageSize}`;
  const fit = backbones.length
    ? `It fits --backbone ${backbones.join(' or ')}.`
    : 'No known backbone has these sizes; describe them in a config file.';
  return `Vision transformer, ${names}: ${sizes}${distilled ? '; its distillation token is left out' : ''}. ${fit}`;
}
