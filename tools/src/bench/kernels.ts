import * as tf from '@tensorflow/tfjs-core';
import { integer, startChosenEngine } from '@wsss/pipelines';
import type { Command } from 'commander';
import { addBenchmark } from './benchmark.js';
import { timeRuns } from './timing.js';

const rate = (gflops: number) => gflops.toFixed(1).padStart(6);

/** mcc bench kernels */
export function addKernelsBenchmark(bench: Command): void {
  const command = bench
    .command('kernels')
    .summary('matrix products on wasm, beside the stock kernels')
    .description('Measures matrix products of a small vision transformer in all transpositions, beside the stock kernels.')
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
          `${name.padEnd(22)} ${rate(gflops)} GFLOP/s, stock ${rate(stockGflops)} (${(gflops / stockGflops).toFixed(1)}×)`,
      ),
  });
}

/** Items, rows, inner size and columns of products of DeiT-Small on 448² pixels. */
const ofSmallVisionTransformer: (readonly [items: number, m: number, k: number, n: number])[] = [
  [1, 785, 384, 1536],
  [6, 785, 64, 785],
];
const transpositions = [
  [false, false, 'A·B'],
  [false, true, 'A·Bᵀ'],
  [true, false, 'Aᵀ·B'],
  [true, true, 'Aᵀ·Bᵀ'],
] as const;

/**
 * Measures matrix products in all transpositions, beside the stock kernel. The wasm backend must be current and the kernels registered.
 *
 * @param runs repetitions, of which the fastest counts. The stock kernel, which can be a hundred times slower, runs twice.
 * @returns billion operations (additions and multiplications) a second of both, under names like `6×785×64×785 A·Bᵀ`: items, rows,
 *   inner size, columns
 */
export async function benchmarkProducts(runs: number, sizes = ofSmallVisionTransformer) {
  // To the kernels another object is an instance of the backend that they do not serve: it gets the stock kernel.
  const backend = new Proxy(tf.backend(), {});
  const { kernelFunc: stock } = tf.getKernel('BatchMatMul', 'wasm');
  const measured = [];
  for (const [items, m, k, n] of sizes)
    for (const [transposeA, transposeB, form] of transpositions) {
      const values = (rows: number, columns: number) => tf.fill([items, rows, columns], 0.5);
      const [a, b] = [transposeA ? values(k, m) : values(m, k), transposeB ? values(n, k) : values(k, n)];
      const attrs = { transposeA, transposeB };
      const best = async (times: number, compute: () => void) =>
        (2 * items * m * k * n) / Math.min(...(await timeRuns(times, compute))) / 1e9;
      measured.push({
        name: `${items > 1 ? `${items}×` : ''}${m}×${k}×${n} ${form}`,
        gflops: await best(runs, () => tf.matMul(a, b, transposeA, transposeB).dispose()),
        stockGflops: await best(2, () => backend.disposeData((stock({ inputs: { a, b }, backend, attrs }) as tf.TensorInfo).dataId)),
      });
      tf.dispose([a, b]);
    }
  return measured;
}
