import { extname } from 'node:path';
import { saveCheckpoint, writeAtomically } from '@wsss/train';
import type { Command } from 'commander';
import { referenceStateDict } from '../export/reference-state-dict.js';
import { segmentationGraph } from '../export/segmentation-graph.js';
import type { ArtifactRemedy } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { loadTraining } from '../run/checkpoint.js';
import { claimFile, isOwnExport } from '../run/outputs.js';
import { type EngineChoice, engineOptions, forceOption, integer, startChosenEngine } from './options.js';

interface ExportOptions extends EngineChoice {
  checkpoint: string;
  out: string;
  cam?: boolean;
  pixels?: boolean;
  fullSize?: boolean;
  headClasses: number;
  json?: boolean;
  force?: boolean;
}

/** What a network does about artifact tokens that the reference program does not. */
const notInStateDict: Record<ArtifactRemedy, string | undefined> = {
  none: undefined,
  layerNorm: 'a layer norm stands before the auxiliary classifier',
  leaveOut: 'artifact tokens are left out of the auxiliary CAM',
  register: 'neurons are moved to a register token',
};

/** mcc export: a checkpoint for other programs. */
export function addCommand(command: Command): void {
  command
    .description("Writes a checkpoint's network for other programs: .safetensors for PyTorch, .onnx for any ONNX runtime.")
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run')
    .requiredOption('--out <file>', 'what to write; its ending says which format: .safetensors or .onnx')
    .option('--cam', 'ONNX: class activation logits of both heads and image logits as further outputs')
    .option(
      '--pixels',
      'ONNX: take 8-bit RGB [batch, height, width, 3] and normalize inside, instead of normalized [batch, 3, height, width]',
    )
    .option('--full-size', 'ONNX: segmentation logits at the size of the images instead of the patch grid')
    .option(
      '--head-classes <n>',
      "safetensors: rows of the encoder's unused classification head, filled with zeros; 0 leaves it out",
      integer(0, 100_000),
      1000,
    )
    .option('--json', 'print what was written as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  mcc export --checkpoint runs/voc/checkpoint.safetensors --out mcc.onnx
  mcc export --checkpoint runs/voc/checkpoint.safetensors --out app.onnx --pixels --full-size --cam
  mcc export --checkpoint runs/voc/checkpoint.safetensors --out mcc.safetensors
    in Python: network.load_state_dict(safetensors.torch.load_file('mcc.safetensors'))

Class names and normalization are in the metadata of both.`,
    );
  for (const option of [forceOption(), ...engineOptions()]) command.addOption(option);
  command.action(async (options: ExportOptions) => {
    const { out, cam, pixels, fullSize } = options;
    const format = extname(out);
    if (format !== '.onnx' && format !== '.safetensors')
      throw new Error(`--out: ${out} ends in ${format || 'nothing'}; give a name that ends in .onnx or .safetensors`);
    const misplaced = format === '.safetensors' && (['cam', 'pixels', 'fullSize'] as const).find(key => options[key]);
    if (misplaced) throw new Error(`--${misplaced === 'fullSize' ? 'full-size' : misplaced} is for ONNX; ${out} is safetensors`);
    claimFile('--out', out, { inputs: [options.checkpoint], force: options.force }, isOwnExport);
    await startChosenEngine(options);
    const { network, info, hash } = await loadTraining(options.checkpoint);
    const { mean, std } = backboneOf(info.recipe);
    const normalization = { mean, std };
    const classes = ['background', ...info.classes];
    const about = { dataset: info.dataset, iteration: `${info.iteration}`, recipe: JSON.stringify(info.recipe), checkpoint: hash };
    let outputs: string;
    if (format === '.onnx') {
      await writeAtomically(out, await segmentationGraph(network, { classes, normalization, cam, pixels, fullSize, metadata: about }));
      const images = pixels ? 'uint8 [batch, height, width, 3]' : 'float32 [batch, 3, height, width]';
      outputs = `images ${images} → ${['segmentation', ...(cam ? ['cam', 'aux_cam', 'image_logits'] : [])].join(', ')}`;
    } else {
      const tensors = await referenceStateDict(network, options.headClasses);
      const metadata = { format: 'pt', classes: JSON.stringify(classes), normalization: JSON.stringify(normalization), ...about };
      await saveCheckpoint(out, { tensors, metadata });
      outputs = `${tensors.size} tensors`;
      const lost = notInStateDict[network.artifacts.remedy];
      if (lost) process.stderr.write(`${out} does not hold that ${lost}: the reference program will give other results. ONNX does.\n`);
    }
    network.dispose();
    process.stderr.write(
      `${out}: ${outputs}; ${classes.length} classes with background, from iteration ${info.iteration} of ${options.checkpoint}\n`,
    );
    if (options.json)
      process.stdout.write(`${JSON.stringify({ out, format: format.slice(1), classes, normalization, checkpoint: hash })}\n`);
  });
}
