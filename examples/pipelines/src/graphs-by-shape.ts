import type * as tf from '@tensorflow/tfjs-core';
import { type Engine, type TracedFunction, trace } from '@wsss/engine';

/** A function of one tensor that is run without blocking Node where the engine allows it. */
export interface ShapedGraphs {
  /** The caller owns the results. One call at a time. */
  run(input: tf.Tensor4D): Promise<tf.Tensor[]>;
  dispose(): void;
}

/**
 * Runs a function of one tensor as a traced graph, one for each shape of its input, on a thread beside Node's; where the engine cannot
 * trace, as it is.
 *
 * @param fn From [B, H, W, C] to tensors; a pure function of its input and of variables.
 * @param engine The running engine; without it, `fn` is called as it is.
 * @param kept Graphs kept; of more shapes the one unused for longest is dropped. Default 16.
 */
export function graphsByShape(fn: (input: tf.Tensor4D) => tf.Tensor[], engine?: Pick<Engine, 'canTrace'>, kept = 16): ShapedGraphs {
  const graphs = new Map<string, TracedFunction<[tf.Tensor4D], tf.Tensor[]>>();
  const graphFor = (input: tf.Tensor4D) => {
    const key = `${input.shape}`;
    const graph = graphs.get(key) ?? trace(fn, [input], { name: 'inference', variables: [] });
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
    run: async input => (engine?.canTrace ? graphFor(input).async(input) : fn(input)),
    dispose: () => {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}
