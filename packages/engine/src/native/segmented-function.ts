import type { Output } from './c-api.js';
import type { Context, TensorMetadata } from './context.js';
import { GraphFunction } from './graph-function.js';
import { returnFreedMemory } from './libc.js';
import type { RecordedSegment } from './recording.js';
import { outputKey } from './segments.js';
import { readHandle } from './tensors.js';

/** The segments of a recorded function, run one after the other with what JavaScript computes in between. */
export class SegmentedFunction {
  private readonly graphs: GraphFunction[];
  /** The last segment that needs a value; final results are needed for good. */
  private readonly lastUse = new Map<string, number>();

  /** @param results what a call returns, as outputs of the recorded graph */
  constructor(
    private readonly context: Context,
    private readonly segments: readonly RecordedSegment[],
    private readonly results: readonly Output[],
    xla: boolean,
  ) {
    this.graphs = segments.map(({ name, outputs }) => new GraphFunction(context, name, outputs.length, xla));
    for (const [i, { inputs, hostCall }] of segments.entries())
      for (const output of [...inputs, ...(hostCall?.inputs ?? [])]) this.lastUse.set(outputKey(output), i);
    for (const output of results) this.lastUse.set(outputKey(output), Number.POSITIVE_INFINITY);
  }

  /** @param given handles of the placeholders, by the key of their output */
  call(given: ReadonlyMap<string, number>): TensorMetadata[] {
    const run = this.run(given);
    try {
      let step = run.next();
      while (!step.done) step = run.next(step.value.graph.call(step.value.handles));
      return step.value;
    } finally {
      run.return([]); // where a segment has failed, what the earlier ones have made is freed
    }
  }

  /** The same on another thread: the event loop is free meanwhile, except for what JavaScript computes. */
  async callOnThread(given: ReadonlyMap<string, number>): Promise<TensorMetadata[]> {
    const run = this.run(given);
    try {
      let step = run.next();
      while (!step.done) step = run.next(await step.value.graph.callOnThread(step.value.handles));
      return step.value;
    } finally {
      run.return([]);
    }
  }

  /** Forgets the functions. */
  remove(): void {
    for (const graph of this.graphs) graph.remove();
  }

  /** Asks for each call of a graph, takes its results, and returns those of the whole. */
  private *run(
    given: ReadonlyMap<string, number>,
  ): Generator<{ graph: GraphFunction; handles: number[] }, TensorMetadata[], TensorMetadata[]> {
    const { context, segments, graphs, lastUse } = this;
    const own = new Map<string, TensorMetadata>();
    const handleOf = (output: Output) => {
      const key = outputKey(output);
      return given.get(key) ?? context.handle(own.get(key)!.id, 'A traced function');
    };
    try {
      for (const [i, { inputs, outputs, hostCall }] of segments.entries()) {
        const made = yield { graph: graphs[i]!, handles: inputs.map(handleOf) };
        for (const [j, output] of outputs.entries()) own.set(outputKey(output), made[j]!);
        if (hostCall) {
          const { shape, dtype } = hostCall;
          const values = hostCall.compute(...hostCall.inputs.map(output => readHandle(context.c, handleOf(output), context.status)));
          own.set(outputKey(hostCall.result), { id: context.createTensor(shape, dtype, values), shape, dtype });
        }
        for (const [key, { id }] of own)
          if ((lastUse.get(key) ?? -1) <= i) {
            context.deleteTensor(id);
            own.delete(key);
          }
        if (segments.length > 1) returnFreedMemory();
      }
      const returned = new Set<number>();
      const results = this.results.map(output => {
        const found = own.get(outputKey(output))!;
        // Each result has a handle of its own, also where one value is returned twice.
        const result = returned.has(found.id) ? { ...found, id: context.share(found.id) } : found;
        returned.add(result.id);
        return result;
      });
      own.clear();
      return results;
    } finally {
      for (const { id } of own.values()) context.deleteTensor(id);
    }
  }
}
