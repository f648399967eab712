import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import { benchmarkLoader, type LoaderBenchmarkOptions, type LoaderSpeed } from '../bench/loader.js';
import { addBenchmark } from './benchmark.js';

const speed = ({ loader, samplesPerSecond, cpuMilliseconds }: LoaderSpeed) =>
  `${loader}: ${samplesPerSecond.toFixed(1)} samples a second, ${cpuMilliseconds.toFixed(1)} ms of CPU a sample`;

/** mcc bench data: training samples a second, beside another loader. */
export function addLoaderBenchmark(bench: Command): void {
  const command = bench
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
    .option('--peer <command>', 'another loader to run beside; it prints JSON, as tools/src/bench/peers/torchvision_loader.py does');
  addBenchmark(command, {
    example: 'mcc bench data --images VOCdevkit/VOC2012/JPEGImages --peer "python3 tools/src/bench/peers/torchvision_loader.py"',
    measure: (options: LoaderBenchmarkOptions) => benchmarkLoader(options),
    lines: result => {
      const { images, generated, crop, workers, samples, peer, ratio } = result;
      return [
        `${samples} samples of three views of ${crop}², ${images} ${generated ? 'generated images' : 'images'}, ${workers} worker${workers > 1 ? 's' : ''}`,
        speed(result),
        peer && speed(peer),
        ratio && `${ratio.samplesPerSecond.toFixed(2)} times as fast, ${ratio.cpuMilliseconds.toFixed(2)} times less CPU`,
      ];
    },
  });
}
