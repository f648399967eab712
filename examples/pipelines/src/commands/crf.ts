import { applyCrf, LatticeEngine } from '@wsss/crf';
import { readPicture, writePalettePng } from '@wsss/datasets';
import { type Command, Option } from 'commander';
import { readProbabilities } from '../inference/read-probabilities.js';
import { claimFile } from '../run/outputs.js';
import { forceOption, integer, number, threads } from './options.js';

interface CrfOptions {
  image: string;
  probabilities: string;
  tensor?: string;
  out: string;
  iterations: number;
  sigmaXy: number;
  sigmaRgb: number;
  weight: number;
  smoothSigma: number;
  smoothWeight: number;
  threads: number;
  variant: 'fixed' | 'paper';
  force?: boolean;
}

/** mcc crf: refines the probabilities of one image by a dense CRF. */
export function addCommand(command: Command): void {
  command
    .description(
      "Refines one image's class probabilities by a dense CRF and writes the label map as a palette PNG. " +
        "Defaults are those of the paper's evaluation.",
    )
    .requiredOption('--image <file>', 'the image, JPEG or PNG')
    .requiredOption('--probabilities <file>', '.npy or .safetensors: [height, width, labels] or [labels, height, width], values in 0..1')
    .option('--tensor <name>', 'which tensor of a safetensors file (default: the only one)')
    .requiredOption('--out <file>', 'where the label map goes, a PNG')
    .option('--iterations <n>', 'mean-field iterations', integer(0, 1000), 10)
    .option('--sigma-xy <pixels>', 'width of the appearance kernel in position', number(0), 121)
    .option('--sigma-rgb <levels>', 'width of the appearance kernel in color', number(0), 5)
    .option('--weight <w>', 'weight of the appearance kernel', number(0), 4)
    .option('--smooth-sigma <pixels>', 'width of the smoothness kernel', number(0), 1)
    .option('--smooth-weight <w>', 'weight of the smoothness kernel', number(0), 1)
    .option('--threads <n>', 'threads', threads, 1)
    .addOption(
      new Option('--variant <name>', 'paper: with the phantom lattice points of the C++ programs')
        .choices(['fixed', 'paper'])
        .default('fixed'),
    )
    .addOption(forceOption())
    .action(async (options: CrfOptions) => {
      claimFile('--out', options.out, { inputs: [options.image, options.probabilities], force: options.force }, () => false);
      const picture = await readPicture(options.image);
      const { width, height } = picture;
      const { probabilities, labels } = readProbabilities(options.probabilities, picture, options.tensor);
      const engine = await LatticeEngine.start({ threads: options.threads });
      try {
        const found = applyCrf(
          engine,
          { width, height, image: picture.data, probabilities },
          {
            gaussian: options.smoothWeight ? { sigmaXy: options.smoothSigma, compatibility: options.smoothWeight } : null,
            bilateral: { sigmaXy: options.sigmaXy, sigmaRgb: options.sigmaRgb, compatibility: options.weight },
            iterations: options.iterations,
            phantomPoints: options.variant === 'paper',
          },
        );
        await writePalettePng(options.out, { width, height, data: Uint8Array.from(found.labels) });
        process.stderr.write(`${options.out}: ${width}×${height}, ${labels} labels\n`);
      } finally {
        engine.dispose();
      }
    });
}
