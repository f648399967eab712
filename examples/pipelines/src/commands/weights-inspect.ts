import { visible } from '@wsss/files';
import type { Command } from 'commander';
import { inspectWeights } from '../network/weights-inspection.js';

/** mcc weights inspect: tensors, ranges, what else there is, and whether training takes it. */
export function addWeightsInspectCommand(weights: Command): void {
  weights
    .command('inspect')
    .summary('show what a file of weights holds')
    .description(
      'Shows tensors, their ranges, what else a file holds, and which backbone takes it, by the checks of mcc train. ' +
        'Does not execute anything in the file.',
    )
    .argument('<file>', 'safetensors, .pth, .npy or .npz, or the index of weights in several files (model.safetensors.index.json)')
    .option('--prefix <text>', "what stands before the encoder's names, if there are several encoders")
    .option('--json', 'print it as JSON')
    .action(async (file: string, { prefix, json }: { prefix?: string; json?: boolean }) => {
      const inspection = await inspectWeights(file, prefix);
      process.stdout.write(`${json ? JSON.stringify(inspection) : tableOf(inspection)}\n`);
    });
}

type Inspection = Awaited<ReturnType<typeof inspectWeights>>;

function tableOf({ file, format, bytes, tensors, values, notFinite, opaque, metadata, encoder, noEncoder }: Inspection): string {
  const number = (value?: number | string) =>
    value === undefined ? '–' : typeof value === 'string' || Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(4))}`;
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
  const broken = notFinite ? `, ${notFinite} of them NaN or infinite` : '';
  return [
    ...lines.map(line => line.trimEnd()),
    '',
    ...section(entries.map(([key, value]) => `${key}: ${value}`)),
    ...section(Object.entries(opaque).map(([key, what]) => `${key}: ${what}, not read`)),
    `${file}: ${format}, ${(bytes / 1e6).toFixed(1)} MB, ${tensors.length} tensors, ${(values / 1e6).toFixed(2)} M values${broken}`,
    encoder ? encoderLine(encoder) : `No encoder for MCC: ${noEncoder}`,
  ]
    .map(line => visible(line))
    .join('\n');
}

/** At most twenty lines, and an empty one. */
function section(lines: readonly string[]): string[] {
  return lines.length ? [...lines.slice(0, 20), ...(lines.length > 20 ? [`… and ${lines.length - 20} more`] : []), ''] : [];
}

function encoderLine(encoder: NonNullable<Inspection['encoder']>): string {
  const { naming, prefix, distilled, embedSize, depth, patchSize, imageSize, heads, layerScale, registers, misfits, config } = encoder;
  const names = `${naming}'s names${prefix ? ` after ${JSON.stringify(prefix)}` : ''}`;
  const parts = [
    `${depth} blocks of ${embedSize}`,
    ...(heads ? [`${heads} heads`] : []),
    `patch ${patchSize}, images of ${imageSize}`,
    ...(layerScale ? ['LayerScale'] : []),
    ...(registers ? [`${registers} registers`] : []),
  ];
  const named = (reason: string) => Object.keys(misfits).filter(name => misfits[name] === reason);
  const reasons = [...new Set(Object.values(misfits))].map(reason => `It does not fit --backbone ${named(reason).join(' or ')}: ${reason}`);
  const advice = `Describe it in a config file: ${JSON.stringify(config)}${heads ? '' : '; how many heads it has is not in the file'}.`;
  const fit = encoder.backbones.length
    ? `It fits --backbone ${encoder.backbones.join(' or ')}.`
    : [...(reasons.length ? reasons : ['No known backbone has these sizes.']), advice].join(' ');
  return `Vision transformer, ${names}: ${parts.join(', ')}${distilled ? '; its distillation token is left out' : ''}. ${fit}`;
}
