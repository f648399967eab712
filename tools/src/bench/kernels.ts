import * as tf from '@tensorflow/tfjs-core';

/** A matrix product, measured. */
export interface ProductMeasurement {
  /** For example `6×785×64×785 A·Bᵀ`: items, rows, inner size, columns. */
  name: string;
  /** Billion operations (additions and multiplications) a second: the best run of this package's kernel, and of TensorFlow.js'. */
  gflops: number;
  stockGflops: number;
}

/** Items, rows, inner size and columns of a product. */
export type ProductShape = readonly [items: number, m: number, k: number, n: number];

const ofSmallVisionTransformer: ProductShape[] = [
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
 * Measures matrix products of the sizes that a small vision transformer has, in all transpositions, beside the stock kernel.
 *
 * The wasm backend must be current and the kernels registered.
 *
 * @param options.runs repetitions, of which the fastest counts. The stock kernel, which can be a hundred times slower, runs twice.
 * @param options.sizes which products; by default those of DeiT-Small on 448² pixels.
 */
export function benchmarkProducts({
  runs = 20,
  sizes = ofSmallVisionTransformer,
}: {
  runs?: number;
  sizes?: ProductShape[];
} = {}): ProductMeasurement[] {
  // To the kernels another object is an instance of the backend that they do not serve: it gets the stock kernel.
  const backend = new Proxy(tf.backend(), {});
  const { kernelFunc: stock } = tf.getKernel('BatchMatMul', 'wasm');
  return sizes.flatMap(([items, m, k, n]) =>
    transpositions.map(([transposeA, transposeB, form]) => {
      const values = (rows: number, columns: number) => tf.fill([items, rows, columns], 0.5);
      const [a, b] = [transposeA ? values(k, m) : values(m, k), transposeB ? values(n, k) : values(k, n)];
      const gflops = (seconds: number) => (2 * items * m * k * n) / seconds / 1e9;
      const attrs = { transposeA, transposeB };
      const own = best(runs, () => tf.matMul(a, b, transposeA, transposeB).dispose());
      const theirs = best(2, () => backend.disposeData((stock({ inputs: { a, b }, backend, attrs }) as tf.TensorInfo).dataId));
      tf.dispose([a, b]);
      return { name: `${items > 1 ? `${items}×` : ''}${m}×${k}×${n} ${form}`, gflops: gflops(own), stockGflops: gflops(theirs) };
    }),
  );
}

function best(runs: number, compute: () => void): number {
  compute(); // the first call compiles
  let seconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    compute();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return seconds;
}
