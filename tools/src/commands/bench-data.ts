import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import type { LoaderBenchmarkOptions } from '../bench/loader.js';

interface BenchDataOptions extends LoaderBenchmarkOptions {
  json?: boolean;
}

/** mcc bench data: training samples a second, beside another loader. */
export function addBenchDataCommand(bench: Command): void {
  bench
    .command('data')
    .summary('training samples a second')
    .description(
      'Measures how many training samples are made a second: images decoded, three views cropped, resized and augmented. CPU time a sample is given too, which other programs on the machine hardly change.',
    )
    .option('--images <dir>', 'a folder of JPEG files (default: generated ones of 500×375)')
    .option('--crop <pixels>', 'side of the views', integer(1), 448)
    .option('--batch <n>', 'samples a batch', integer(1), 4)
    .option('--workers <n>', 'threads, and processes of the other loader', integer(1), 2)
    .option('--samples <n>', 'samples that are measured', integer(1), 400)
    .option('--peer <command>', 'another loader to run beside; it prints JSON, as tools/src/bench/peers/torchvision_loader.py does')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  mcc bench data --images VOCdevkit/VOC2012/JPEGImages --peer "python3 tools/src/bench/peers/torchvision_loader.py"',
    )
    .action(async (options: BenchDataOptions) => {
      const { benchmarkLoader } = await import('../bench/loader.js');
      const result = await benchmarkLoader(options);
      if (options.json) {
        process.stdout.write(`${JSON.stringify(result)}\n`);
        return;
      }
      const line = ({ loader, samplesPerSecond, cpuMilliseconds }: typeof result.peer & {}) =>
        `${loader}: ${samplesPerSecond.toFixed(1)} samples a second, ${cpuMilliseconds.toFixed(1)} ms of CPU a sample\n`;
      const { images, generated, crop, workers, samples, peer, ratio } = result;
      process.stdout.write(
        `${samples} samples of three views of ${crop}², ${images} ${generated ? 'generated images' : 'images'}, ${workers} worker${workers > 1 ? 's' : ''}\n`,
      );
      process.stdout.write(line(result));
      if (peer && ratio) {
        process.stdout.write(line(peer));
        process.stdout.write(`${ratio.samplesPerSecond.toFixed(2)} times as fast, ${ratio.cpuMilliseconds.toFixed(2)} times less CPU\n`);
      }
    });
}
