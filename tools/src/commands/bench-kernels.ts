import { integer, startChosenEngine } from '@wsss/pipelines';
import type { Command } from 'commander';
import { benchmarkProducts } from '../bench/kernels.js';
import { addBenchmark } from './benchmark.js';

/** mcc bench kernels: matrix products of @wsss/wasm-kernels beside those of TensorFlow.js. */
export function addKernelsBenchmark(bench: Command): void {
  const command = bench
    .command('kernels')
    .summary('matrix products on wasm, beside the stock kernels')
    .description(
      'Measures matrix products of the sizes of a small vision transformer on the wasm engine, in all transpositions, beside the stock kernels.',
    )
    .option('--runs <n>', 'repetitions; the fastest counts', integer(1), 20)
    .option('--threads <n>', 'threads of the engine (default: all cores)', integer(1));
  addBenchmark(command, {
    measure: async ({ runs, threads }: { runs: number; threads?: number }) => {
      const engine = await startChosenEngine({ engine: 'wasm', threads });
      return { engine: engine.version, products: await benchmarkProducts(runs) };
    },
    lines: ({ products }) =>
      products.map(
        ({ name, gflops, stockGflops }) =>
          `${name.padEnd(22)} ${gflops.toFixed(1).padStart(6)} GFLOP/s, stock ${stockGflops.toFixed(1).padStart(5)} (${(gflops / stockGflops).toFixed(1)}×)`,
      ),
  });
}
