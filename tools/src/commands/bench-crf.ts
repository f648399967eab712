import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { readPicture } from '@wsss/datasets';
import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import { benchmarkCrf } from '../bench/crf.js';
import { benchmarkDenseEnergy } from '../bench/dense-energy.js';
import { addBenchmark } from './benchmark.js';

const seconds = (value: number) => `${value.toFixed(3)} s`;

/** mcc bench crf */
export function addCrfBenchmark(bench: Command): void {
  const command = bench
    .command('crf')
    .summary('dense CRF, bilateral filter and dense energy')
    .description(
      'Times dense CRF inference, the bilateral filter, a queue of images and the dense-energy loss, beside a fixed scalar JavaScript filter.',
    )
    .option('--runs <n>', 'repetitions; the shortest counts', integer(1), 5)
    .option('--queue <n>', 'images in the queue, 0 for none', integer(0), 20)
    .option('--image <file>', 'measure on this image instead of a generated one');
  addBenchmark(command, {
    engine: true,
    measure: async ({ runs, queue, image }: { runs: number; queue: number; image?: string }, start) => {
      const engine = await start();
      const picture = image ? await readPicture(image) : undefined;
      const result = await benchmarkCrf({
        runs,
        queue,
        image: picture && { width: picture.width, height: picture.height, image: picture.data },
      });
      const lattice = await LatticeEngine.start();
      const energy = await benchmarkDenseEnergy(request => bilateralFilter(lattice, request), runs);
      lattice.dispose();
      return { ...result, denseEnergy: { engine: engine.version, ...energy } };
    },
    lines: ({ image, labels, variant, reference, measurements, queue, denseEnergy }, options) => [
      `${image.width}×${image.height} ${image.generated ? 'generated image' : options.image}, ${labels} labels, ${variant}`,
      `${reference.name}: ${seconds(reference.seconds)}`,
      ...measurements.map(
        m =>
          `${m.name}, ${m.threads} thread${m.threads > 1 ? 's' : ''}: ${seconds(m.seconds)} (median ${seconds(m.medianSeconds)}, reference ÷ this ${m.timesReference.toFixed(2)})`,
      ),
      queue &&
        `queue of ${queue.images} images: ${seconds(queue.secondsOne)} with 1 worker, ${seconds(queue.seconds)} with ${queue.workers} (${queue.speedup.toFixed(2)}×)`,
      `dense energy, forward and backward, 448² logits, ${denseEnergy.engine}: ${seconds(denseEnergy.seconds)}`,
    ],
  });
}
