import type * as tf from '@tensorflow/tfjs-core';
import { type Engine, type TracedFunction, trace } from '@wsss/engine';

/** A function of tensors that is run without blocking Node where the engine allows it. */
export interface ShapedGraphs<Inputs extends tf.Tensor[]> {
  /** The caller owns the results. One call at a time. */
  run(...inputs: Inputs): Promise<tf.Tensor[]>;
  dispose(): void;
}

/**
 * Runs a function of tensors as a traced graph, one for each shape of its inputs, on a thread beside Node's; where the engine cannot
 * trace, as it is.
 *
 * @param fn A pure function of its inputs, which always have the same types, and of variables.
 * @param engine The running engine; without it, `fn` is called as it is.
 * @param kept Graphs kept; of more shapes the one unused for longest is dropped. Default 16.
 */
export function graphsByShape<Inputs extends tf.Tensor[] = [tf.Tensor4D]>(
  fn: (...inputs: Inputs) => tf.Tensor[],
  engine?: Pick<Engine, 'canTrace'>,
  kept = 16,
): ShapedGraphs<Inputs> {
  const graphs = new Map<string, TracedFunction<Inputs, tf.Tensor[]>>();
  const graphFor = (inputs: Inputs) => {
    const key = inputs.map(({ shape }) => shape.join()).join(' ');
    const graph = graphs.get(key) ?? trace(fn, inputs, { name: 'inference', variables: [] });
    graphs.delete(key);
    graphs.set(key, graph);
    if (graphs.size > kept) {
      const [oldest, unused] = graphs.entries().next().value!;
      unused.dispose();
      graphs.delete(oldest);
    }
    return graph;
  };
  return {
    run: async (...inputs) => (engine?.canTrace ? graphFor(inputs).async(...inputs) : fn(...inputs)),
    dispose: () => {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}
