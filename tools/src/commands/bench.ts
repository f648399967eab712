import { type EngineChoice, engineOptions, integer, startChosenEngine } from '@wsss/pipelines';
import { type Command, Option } from 'commander';
import { addAllReduceBenchmark } from './bench-all-reduce.js';
import { addBenchDataCommand } from './bench-data.js';
import { addEvaluationBenchmark } from './bench-eval.js';
import { addKernelsBenchmark } from './bench-kernels.js';
import { addLossesBenchmark } from './bench-losses.js';
import { addStepBenchmark } from './bench-step.js';

/** mcc bench: measurements, each beside a peer or a fixed reference in the same run. */
export function addBenchCommand(program: Command): void {
  const bench = program.command('bench').description('Measure speed.');
  addStepBenchmark(bench);
  addEvaluationBenchmark(bench);
  addLossesBenchmark(bench);
  addBenchDataCommand(bench);
  addAllReduceBenchmark(bench);
  addKernelsBenchmark(bench);
  const crf = bench
    .command('crf')
    .summary('dense CRF, bilateral filter and dense energy')
    .description(
      'Times dense CRF inference, the bilateral filter, a queue of images and the dense-energy loss, beside a fixed scalar JavaScript filter.',
    )
    .option('--runs <n>', 'repetitions; the shortest counts', integer(1), 5)
    .option('--queue <n>', 'images in the queue, 0 for none', integer(0), 20)
    .option('--image <file>', 'measure on this image instead of a generated one')
    .addOption(new Option('--json', 'print the result as JSON on standard output'));
  for (const option of engineOptions()) crf.addOption(option);
  crf.action(async (options: EngineChoice & { runs: number; queue: number; image?: string; json?: boolean }) => {
    const { bilateralFilter, LatticeEngine } = await import('@wsss/crf');
    const { benchmarkCrf } = await import('../bench/crf.js');
    const { benchmarkDenseEnergy } = await import('../bench/dense-energy.js');
    const { readPicture } = await import('@wsss/datasets');
    const engine = await startChosenEngine(options);
    const picture = options.image ? await readPicture(options.image) : undefined;
    const result = await benchmarkCrf({
      runs: options.runs,
      queue: options.queue,
      image: picture && { width: picture.width, height: picture.height, image: picture.data },
    });
    const lattice = await LatticeEngine.start();
    const energy = await benchmarkDenseEnergy(request => bilateralFilter(lattice, request), options.runs);
    lattice.dispose();
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ ...result, denseEnergy: { engine: engine.version, ...energy } })}\n`);
      return;
    }
    const seconds = (value: number) => `${value.toFixed(3)} s`;
    const { image, reference, measurements, queue } = result;
    process.stdout.write(
      `${image.width}×${image.height} ${image.generated ? 'generated image' : options.image}, ${result.labels} labels, ${result.variant}\n`,
    );
    process.stdout.write(`${reference.name}: ${seconds(reference.seconds)}\n`);
    for (const m of measurements)
      process.stdout.write(
        `${m.name}, ${m.threads} thread${m.threads > 1 ? 's' : ''}: ${seconds(m.seconds)} (median ${seconds(m.medianSeconds)}, reference ÷ this ${m.timesReference.toFixed(2)})\n`,
      );
    if (queue)
      process.stdout.write(
        `queue of ${queue.images} images: ${seconds(queue.secondsOne)} with 1 worker, ${seconds(queue.seconds)} with ${queue.workers} (${queue.speedup.toFixed(2)}×)\n`,
      );
    process.stdout.write(`dense energy, forward and backward, 448² logits, ${engine.version}: ${seconds(energy.seconds)}\n`);
  });
}
