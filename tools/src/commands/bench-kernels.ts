import { integer, startChosenEngine } from '@wsss/pipelines';
import { type Command, Option } from 'commander';

/** mcc bench kernels: matrix products of @wsss/wasm-kernels beside those of TensorFlow.js. */
export function addKernelsBenchmark(bench: Command): void {
  const command = bench
    .command('kernels')
    .summary('matrix products on wasm, beside the stock kernels')
    .description(
      'Measures matrix products of the sizes of a small vision transformer on the wasm engine, in all transpositions, beside the stock kernels.',
    )
    .option('--runs <n>', 'repetitions; the fastest counts', integer(1), 20)
    .option('--threads <n>', 'threads of the engine (default: all cores)', integer(1))
    .addOption(new Option('--json', 'print the result as JSON on standard output'));
  command.action(async ({ runs, threads, json }: { runs: number; threads?: number; json?: boolean }) => {
    const { benchmarkProducts } = await import('../bench/kernels.js');
    const engine = await startChosenEngine({ engine: 'wasm', threads });
    const products = benchmarkProducts({ runs });
    if (json) {
      process.stdout.write(`${JSON.stringify({ engine: engine.version, products })}\n`);
      return;
    }
    for (const { name, gflops, stockGflops } of products)
      process.stdout.write(
        `${name.padEnd(22)} ${gflops.toFixed(1).padStart(6)} GFLOP/s, stock ${stockGflops.toFixed(1).padStart(5)} (${(gflops / stockGflops).toFixed(1)}×)\n`,
      );
  });
}
