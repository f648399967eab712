import type { PositionResizing } from '@wsss/vit';
import type { OnnxGraph } from './onnx-graph.js';

interface Positions {
  /** [side, side, D], row-major. */
  positions: Float32Array;
  side: number;
  embedSize: number;
  /** Rows and columns of the patch grid, int64 [2]. */
  size: string;
}

/** Positions of patches for a grid whose size is known when the model runs: [1, D, rows, columns]. */
export function resizedPositions(graph: OnnxGraph, given: Positions, how: PositionResizing): string {
  return how === 'antialiased' ? antialiased(graph, given) : bicubic(graph, given, how === 'offset' ? 0.1 : 0);
}

/** By the operator for it. With an excess, scales are (size + excess) / side unless the size is that of the positions. */
function bicubic(graph: OnnxGraph, { positions, side, embedSize, size }: Positions, excess: number): string {
  const add = graph.add.bind(graph);
  const channelsFirst = Float32Array.from(
    { length: side * side * embedSize },
    (_, i) => positions[(i % (side * side)) * embedSize + Math.floor(i / (side * side))]!,
  );
  const stored = graph.weight('encoder.pos_embed.patches', [1, embedSize, side, side], channelsFirst);
  const attributes = { coordinate_transformation_mode: 'half_pixel', mode: 'cubic', cubic_coeff_a: { float: -0.75 } };
  if (!excess) {
    const sizes = add('Concat', [graph.integers(1, embedSize), size], { axis: 0 });
    return add('Resize', [stored, '', '', sizes], attributes);
  }
  const float = (x: string) => add('Cast', [x], { to: 1 });
  const isOther = add('Not', [add('Equal', [size, graph.integers(side, side)])]);
  const more = add('Mul', [add('ReduceMax', [float(isOther)], { axes: [0], keepdims: 1 }), graph.float(excess)]);
  const scales = add('Div', [add('Add', [float(size), more]), graph.float(side)]);
  const all = add('Concat', [add('Cast', [graph.integers(1, 1)], { to: 1 }), scales], { axis: 0 });
  return add('Resize', [stored, '', all], attributes);
}

/** By a matrix for each axis, since the operator does not antialias before operator set 18: W_rows · P · W_columnsᵀ. */
function antialiased(graph: OnnxGraph, { positions, side, embedSize, size }: Positions): string {
  const add = graph.add.bind(graph);
  const weights = (axis: number) => antialiasedWeights(graph, add('Slice', [size, graph.integers(axis), graph.integers(axis + 1)]), side);
  const stored = graph.weight('encoder.pos_embed.patches', [side, side * embedSize], positions);
  const rows = add('Reshape', [add('MatMul', [weights(0), stored]), graph.integers(-1, side, embedSize)]); // [rows, side, D]
  const both = add('MatMul', [weights(1), rows]); // [rows, columns, D]
  return add('Unsqueeze', [add('Transpose', [both], { perm: [2, 0, 1] }), graph.integers(0)]);
}

/** [to, side]: weights of the bicubic kernel with a = −1/2, as wide as what a pixel of the result covers. `to` is int64 [1]. */
function antialiasedWeights(graph: OnnxGraph, to: string, side: number): string {
  const add = graph.add.bind(graph);
  const float = (value: number) => graph.float(value);
  const scale = add('Div', [float(side), add('Cast', [to], { to: 1 })]); // [1]
  const count = add('Squeeze', [to, graph.integers(0)]);
  const [zero, one] = [0, 1].map(value => add('Squeeze', [graph.integers(value), graph.integers(0)])) as [string, string];
  const steps = add('Cast', [add('Range', [zero, count, one])], { to: 1 });
  const centers = add('Unsqueeze', [add('Mul', [add('Add', [steps, float(0.5)]), scale]), graph.integers(1)]); // [to, 1]
  const places = graph.weight(
    `places_${side}`,
    [1, side],
    Float32Array.from({ length: side }, (_, i) => i + 0.5),
  );
  const width = add('Max', [scale, float(1)]);
  const t = add('Abs', [add('Div', [add('Sub', [places, centers]), width])]);
  const times = (x: string, y: string) => add('Mul', [x, y]);
  const plus = (x: string, value: number) => add('Add', [x, float(value)]);
  // |t| ≤ 1: (1.5t − 2.5)t² + 1; |t| < 2: ((−0.5t + 2.5)t − 4)t + 2; 0 beyond.
  const near = plus(times(plus(times(t, float(1.5)), -2.5), times(t, t)), 1);
  const far = plus(times(plus(times(plus(times(t, float(-0.5)), 2.5), t), -4), t), 2);
  const outer = add('Where', [add('Less', [t, float(2)]), far, float(0)]);
  const kernel = add('Where', [add('LessOrEqual', [t, float(1)]), near, outer]);
  return add('Div', [kernel, add('ReduceSum', [kernel, graph.integers(1)], { keepdims: 1 })]);
}
