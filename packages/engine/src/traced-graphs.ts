import type * as tf from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';
import { type TracedFunction, trace } from './trace.js';

/**
 * Traced graphs by a key, such as the shapes they were traced for. Only so many are kept: the one unused for longest makes room.
 *
 * @example
 * const graphs = new TracedGraphs();
 * const double = (x: tf.Tensor) => tf.mul(x, 2);
 * const result = graphs.get(x.shape.join(), () => trace(double, [x]))(x);
 */
export class TracedGraphs<Graph extends { dispose(): void } = TracedFunction> {
  /** The latest used is the last. */
  private readonly graphs = new Map<string, Graph>();

  /** @param kept How many graphs are kept, at least 1. */
  constructor(private readonly kept = 16) {}

  /** The graph of a key, recorded if there is none. It stays this object's. */
  get(key: string, record: () => Graph): Graph {
    const graph = this.graphs.get(key) ?? record();
    this.graphs.delete(key);
    this.graphs.set(key, graph);
    if (this.graphs.size > this.kept) {
      const [oldest, unused] = this.graphs.entries().next().value!;
      unused.dispose();
      this.graphs.delete(oldest);
    }
    return graph;
  }

  /** Frees all graphs; more can be recorded after that. */
  dispose(): void {
    for (const graph of this.graphs.values()) graph.dispose();
    this.graphs.clear();
  }
}

/**
 * Runs a function of tensors as a traced graph, one for each shape of its inputs, on a thread beside Node's; where the engine cannot
 * trace, as it is. One call at a time; the caller owns the results.
 *
 * @param fn A pure function of its inputs, which always have the same types, and of variables.
 * @param engine The running engine; without it, `fn` is called as it is.
 * @param kept Graphs kept; of more shapes the one unused for longest is dropped. Default 16.
 */
export function graphsByShape<Inputs extends tf.Tensor[] = [tf.Tensor4D]>(
  fn: (...inputs: Inputs) => tf.Tensor[],
  engine?: Pick<Engine, 'canTrace'>,
  kept?: number,
): { run(...inputs: Inputs): Promise<tf.Tensor[]>; dispose(): void } {
  const graphs = new TracedGraphs<TracedFunction<Inputs, tf.Tensor[]>>(kept);
  const graphFor = (inputs: Inputs) =>
    graphs.get(inputs.map(({ shape }) => shape.join()).join(' '), () => trace(fn, inputs, { name: 'inference', variables: [] }));
  return {
    run: async (...inputs) => (engine?.canTrace ? graphFor(inputs).async(...inputs) : fn(...inputs)),
    dispose: () => graphs.dispose(),
  };
}
