import { basename } from 'node:path';
import { writeAtomically } from '@wsss/train';
import { readWeights, serializeSafetensors } from '@wsss/weights';
import type { Command } from 'commander';
import { encoderOf } from '../network/pretrained-encoder.js';
import { claimFile, isOwnConversion } from '../run/outputs.js';
import { forceOption } from './options.js';
import { addWeightsFetchCommands } from './weights-fetch.js';
import { addWeightsInspectCommand } from './weights-inspect.js';

/** mcc weights: looks at, fetches and converts weights of other programs. */
export function addCommand(command: Command): void {
  command
    .description('Looks at, fetches and converts weights: safetensors, PyTorch (.pth), NumPy (.npy, .npz). Nothing in a file is executed.')
    .addHelpText(
      'after',
      `
Examples:
  mcc weights list
  mcc weights fetch deit_base_patch16_224
  mcc weights inspect deit_base_patch16_224-b5f2ef4d.pth
  mcc weights convert checkpoint.pth encoder.safetensors --encoder
  mcc train voc --data VOC_DIR --weights $(mcc weights fetch deit_small_patch16_224) --backbone deit_small_patch16_224 --out runs/voc`,
    );

  addWeightsInspectCommand(command);
  addWeightsFetchCommands(command);

  command
    .command('convert')
    .summary('write weights as safetensors')
    .description("Writes a file of weights as safetensors, or only its encoder under timm's names.")
    .argument('<file>', 'safetensors, .pth, .npy or .npz, or the index of weights in several files')
    .argument('<out>', 'where the safetensors file goes')
    .option('--encoder', "only the vision transformer, under timm's names; the distillation token is left out")
    .option('--prefix <text>', "what stands before the encoder's names, if there are several encoders (with --encoder)")
    .option('--half', 'store float tensors as float16')
    .addOption(forceOption())
    .action(async (file: string, out: string, options: { encoder?: boolean; prefix?: string; half?: boolean; force?: boolean }) => {
      if (!out.endsWith('.safetensors')) throw new Error(`${out}: only safetensors are written; let its name end in .safetensors`);
      if (options.prefix !== undefined && !options.encoder) throw new Error('--prefix chooses an encoder; give --encoder with it');
      claimFile('the second name', out, { inputs: [file], force: options.force }, isOwnConversion);
      const weights = await readWeights(file);
      const { tensors, integers, opaque } = weights;
      const { digest: _, ...metadata } = weights.metadata; // of the file as it was
      const chosen = options.encoder ? encoderOf(weights, file, options.prefix).tensors : new Map([...tensors, ...integers]);
      if (!chosen.size) throw new Error(`${file} holds no tensors; nothing was written`);
      const bytes = serializeSafetensors(chosen, {
        metadata: { ...metadata, converted_from: basename(file) },
        float: options.half ? 'F16' : 'F32',
      });
      await writeAtomically(out, bytes);
      const left = options.encoder ? [] : [...opaque].map(([name, what]) => `${name} (${what})`);
      const shown = left.length ? `; not written: ${left.slice(0, 10).join(', ')}${left.length > 10 ? ', …' : ''}` : '';
      process.stderr.write(`${out}: ${chosen.size} tensors, ${(bytes.length / 1e6).toFixed(1)} MB${shown}\n`);
    });
}
