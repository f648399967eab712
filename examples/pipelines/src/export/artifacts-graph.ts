import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { OnnxGraph } from './onnx-graph.js';

/** ε of the layer norm before the auxiliary classifier: that of `layerNorm` of @wsss/ops. */
const EPSILON = 1e-6;

/** Tokens [B, T, D] as the auxiliary classifier reads them. */
export function auxiliaryTokens(graph: OnnxGraph, tokens: string, { artifacts, encoder }: SegmentationNetwork): string {
  if (artifacts.remedy !== 'layerNorm') return tokens;
  const { embedSize } = encoder.config;
  const scale = graph.weight('artifacts.scale', [embedSize], new Float32Array(embedSize).fill(1));
  const offset = graph.weight('artifacts.offset', [embedSize], new Float32Array(embedSize));
  return graph.add('LayerNormalization', [tokens, scale, offset], { axis: -1, epsilon: { float: EPSILON } });
}

/**
 * Class activation logits [B, C, h, w] in which artifact tokens say nothing: `artifactTokens` and `leaveOutArtifacts` of @wsss/cam.
 *
 * @param map the tokens that are looked at, [B, D, h, w]
 */
export function withoutArtifacts(graph: OnnxGraph, logits: string, map: string, ratio: number, output: string): string {
  const add = graph.add.bind(graph);
  const norms = add('ReduceL2', [map], { axes: [1], keepdims: 1 }); // [B, 1, h, w]
  const flat = add('Flatten', [norms], { axis: 1 });
  const count = add('Slice', [add('Shape', [flat]), graph.integers(1), graph.integers(2)]);
  const upperHalf = add('TopK', [flat, add('Add', [add('Div', [count, graph.integers(2)]), graph.integers(1)])], { axis: 1 });
  const median = add('ReduceMin', [upperHalf], { axes: [1], keepdims: 1 });
  const limit = add('Unsqueeze', [add('Mul', [median, graph.float(ratio)]), graph.integers(2, 3)]);
  const isArtifact = add('Greater', [norms, limit]);
  const smallest = add('ReduceMin', [add('Where', [isArtifact, graph.float(3e38), logits])], { axes: [2, 3], keepdims: 1 });
  return add('Where', [isArtifact, smallest, logits], {}, output);
}
