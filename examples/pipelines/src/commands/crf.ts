import { readFileSync } from 'node:fs';
import { type HostTensor, parseNpy, parseSafetensors } from '@wsss/weights';
import { type Command, Option } from 'commander';
import { integer, number } from './options.js';

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
}

/** mcc crf: refines the probabilities of one image by a dense CRF. */
export function addCrfCommand(program: Command): void {
  program
    .command('crf')
    .summary('refine probabilities of an image by a dense CRF')
    .description(
      "Refines one image's class probabilities by a dense CRF and writes the label map as a palette PNG. Defaults are those of the paper's evaluation.",
    )
    .requiredOption('--image <file>', 'the image, JPEG or PNG')
    .requiredOption('--probabilities <file>', '.npy or .safetensors: [height, width, labels] or [labels, height, width], values in 0..1')
    .option('--tensor <name>', 'which tensor of a safetensors file (default: the only one)')
    .requiredOption('--out <file>', 'where the label map goes, a PNG')
    .option('--iterations <n>', 'mean-field iterations', integer(0), 10)
    .option('--sigma-xy <pixels>', 'width of the appearance kernel in position', number(0), 121)
    .option('--sigma-rgb <levels>', 'width of the appearance kernel in color', number(0), 5)
    .option('--weight <w>', 'weight of the appearance kernel', number(0), 4)
    .option('--smooth-sigma <pixels>', 'width of the smoothness kernel', number(0), 1)
    .option('--smooth-weight <w>', 'weight of the smoothness kernel', number(0), 1)
    .option('--threads <n>', 'threads', integer(1), 1)
    .addOption(
      new Option('--variant <name>', 'paper: with the phantom lattice points of the C++ programs')
        .choices(['fixed', 'paper'])
        .default('fixed'),
    )
    .action(async (options: CrfOptions) => {
      const { readPicture, writePalettePng } = await import('@wsss/datasets');
      const { LatticeEngine, applyCrf } = await import('@wsss/crf');
      const picture = await readPicture(options.image);
      const { probabilities, labels } = arrange(readArray(options.probabilities, options.tensor), picture, options.probabilities);
      const engine = await LatticeEngine.start({ threads: options.threads });
      try {
        const found = applyCrf(
          engine,
          { width: picture.width, height: picture.height, image: picture.data, probabilities },
          {
            gaussian: options.smoothWeight ? { sigmaXy: options.smoothSigma, compatibility: options.smoothWeight } : null,
            bilateral: { sigmaXy: options.sigmaXy, sigmaRgb: options.sigmaRgb, compatibility: options.weight },
            iterations: options.iterations,
            phantomPoints: options.variant === 'paper',
          },
        );
        await writePalettePng(options.out, { width: picture.width, height: picture.height, data: Uint8Array.from(found.labels) });
        process.stderr.write(`${options.out}: ${picture.width}×${picture.height}, ${labels} labels\n`);
      } finally {
        engine.dispose();
      }
    });
}

function readArray(file: string, tensor?: string): HostTensor {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new Error(`--probabilities: ${file} cannot be read`);
  }
  if (file.endsWith('.npy')) return parseNpy(bytes, file);
  if (!file.endsWith('.safetensors')) throw new Error(`--probabilities: ${file} is neither .npy nor .safetensors`);
  const { tensors } = parseSafetensors(bytes, file);
  const name = tensor ?? (tensors.size === 1 ? [...tensors.keys()][0]! : undefined);
  const found = name === undefined ? undefined : tensors.get(name);
  if (!found)
    throw new Error(`--tensor: ${file} holds ${[...tensors.keys()].join(', ')}; ${tensor ? `there is no ${tensor}` : 'say which'}`);
  return found;
}

/** Brings [labels, height, width] into [height, width, labels], and checks the size against the image. */
function arrange(
  { shape, data }: HostTensor,
  { width, height }: { width: number; height: number },
  file: string,
): { probabilities: Float32Array; labels: number } {
  const dimensions = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  if (dimensions.length === 3 && dimensions[0] === height && dimensions[1] === width)
    return { probabilities: values, labels: dimensions[2]! };
  if (dimensions.length === 3 && dimensions[1] === height && dimensions[2] === width) {
    const labels = dimensions[0]!;
    const pixels = height * width;
    return {
      probabilities: Float32Array.from({ length: values.length }, (_, i) => values[(i % labels) * pixels + Math.floor(i / labels)]!),
      labels,
    };
  }
  throw new Error(
    `--probabilities: ${file} has shape [${shape}], expected [${height}, ${width}, labels] or [labels, ${height}, ${width}] for this image`,
  );
}
