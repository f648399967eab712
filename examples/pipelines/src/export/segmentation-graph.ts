import type { Normalization } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { auxiliaryTokens, withoutArtifacts } from './artifacts-graph.js';
import { OnnxGraph, type TensorInfo } from './onnx-graph.js';
import { resizedPositions } from './positions-graph.js';

export interface SegmentationGraphOptions {
  /** Class names, background first, as metadata. */
  classes: readonly string[];
  /** What inputs are to be normalized by; metadata, and with `pixels` part of the graph. */
  normalization: Normalization;
  /** Take 8-bit RGB images [batch, height, width, 3] and normalize them inside. Otherwise: normalized float32 [batch, 3, height, width]. */
  pixels?: boolean;
  /** Also give the class activation logits of both heads and the image logits. */
  cam?: boolean;
  /** Resize the segmentation logits to the size of the images (bilinear), rather than leaving them on the patch grid. */
  fullSize?: boolean;
  metadata?: Record<string, string>;
}

/**
 * The network as an ONNX model (operator set 17): encoder and decoder, for any number of images of any size of at least one patch.
 *
 * Inputs: `images`. Outputs: `segmentation` float32 [batch, K, rows, columns]; with `cam` also `cam` and `aux_cam` [batch, C, rows,
 * columns] and `image_logits` [batch, C]. Weights are named as in the state dict.
 */
export async function segmentationGraph(network: SegmentationNetwork, options: SegmentationGraphOptions): Promise<Uint8Array> {
  const { classes, normalization, pixels, cam, fullSize } = options;
  const { depth, auxiliaryBlock, patchSize, epsilon, layerScale } = network.encoder.config;
  const { registers, registerNeurons } = network.encoder;
  const graph = new OnnxGraph();
  const state = await network.toStateDict();
  const add = graph.add.bind(graph);
  /** A weight as PyTorch has it. */
  const stored = (name: string) => {
    const { shape, data } = state.get(name)!;
    return graph.weight(name, shape, data as Float32Array);
  };
  /** A linear map's weight [in, out], as this program has it. */
  const matrix = async (name: string) => {
    const variable = network.variable(name);
    return graph.weight(name, variable.shape, (await variable.data()) as Float32Array);
  };
  const linear = async (x: string, name: string) =>
    add('Add', [add('MatMul', [x, await matrix(`${name}.weight`)]), stored(`${name}.bias`)]);
  const norm = (x: string, name: string) =>
    add('LayerNormalization', [x, stored(`${name}.weight`), stored(`${name}.bias`)], { axis: -1, epsilon: { float: epsilon } });

  const images = pixels ? normalized(graph, normalization) : 'images';
  const embedded = add('Conv', [images, stored('encoder.patch_embed.proj.weight'), stored('encoder.patch_embed.proj.bias')], {
    kernel_shape: [patchSize, patchSize],
    strides: [patchSize, patchSize],
  });
  const mapShape = add('Shape', [embedded]); // B, D, h, w
  const first = ['cls_token', ...(network.encoder.config.registers ? ['reg_token'] : [])].map(name => stored(`encoder.${name}`));
  if (registers > network.encoder.config.registers)
    first.push(
      graph.weight('encoder.register', [1, 1, network.encoder.config.embedSize], new Float32Array(network.encoder.config.embedSize)),
    );
  let x = tokens(graph, network, state.get('encoder.pos_embed')!.data as Float32Array, embedded, mapShape, first);
  const scaled = (branch: string, name: string) => (layerScale ? add('Mul', [branch, stored(name)]) : branch);
  let auxiliary = '';
  for (let i = 0; i < depth; i++) {
    const name = (part: string) => `encoder.blocks.${i}.${part}`;
    const mixed = attention(graph, network, await linear(norm(x, name('norm1')), name('attn.qkv')));
    x = add('Add', [x, scaled(await linear(mixed, name('attn.proj')), name('ls1.gamma'))]);
    const widened = gelu(graph, await linear(norm(x, name('norm2')), name('mlp.fc1')));
    const moved = registerNeurons[i]?.length ? movedToRegister(graph, widened, network, i) : widened;
    x = add('Add', [x, scaled(await linear(moved, name('mlp.fc2')), name('ls2.gamma'))]);
    if (i === (auxiliaryBlock < 0 ? depth + auxiliaryBlock : auxiliaryBlock)) auxiliary = x;
  }
  /** Patch tokens of [B, 1 + R + N, D] as a map [B, D, h, w], without the CLS token and registers. */
  const map = (of: string) => {
    const patches = add('Slice', [of, graph.integers(1 + registers), graph.integers(Number.MAX_SAFE_INTEGER), graph.integers(1)]);
    return add('Reshape', [add('Transpose', [patches], { perm: [0, 2, 1] }), mapShape]);
  };
  const last = norm(x, 'encoder.norm');
  const features = map(last);

  const { dilation } = network.decoder;
  const conv = (input: string, name: string, output?: string) => {
    const { shape } = state.get(name)!;
    const wide = shape[2]! > 1 && { dilations: [dilation, dilation], pads: [dilation, dilation, dilation, dilation] };
    return add('Conv', [input, stored(name)], { kernel_shape: shape.slice(2), ...wide }, output);
  };
  const decoded = add('Relu', [conv(add('Relu', [conv(features, 'decoder.conv6.weight')]), 'decoder.conv7.weight')]);
  const logits = conv(decoded, 'decoder.conv8.weight', fullSize ? undefined : 'segmentation');
  if (fullSize) {
    const [start, end] = [graph.integers(0), graph.integers(2)];
    const channels = add('Slice', [add('Shape', [logits]), start, end]);
    const size = add('Slice', [add('Shape', [images]), end, graph.integers(4)]);
    resize(graph, logits, add('Concat', [channels, size], { axis: 0 }), { mode: 'linear' }, 'segmentation');
  }
  const K = network.classes + 1;
  const float = (name: string, shape: (string | number)[]): TensorInfo => ({ name, type: 'float32', shape });
  const outputs = [float('segmentation', ['batch', K, ...(fullSize ? ['height', 'width'] : ['rows', 'columns'])])];
  if (cam) {
    conv(features, 'classifier.weight', 'cam');
    const { remedy, ratio } = network.artifacts;
    const leaveOut = remedy === 'leaveOut';
    const ofAuxiliary = map(auxiliaryTokens(graph, auxiliary, network));
    const logits = conv(ofAuxiliary, 'aux_classifier.weight', leaveOut ? undefined : 'aux_cam');
    if (leaveOut) withoutArtifacts(graph, logits, ofAuxiliary, ratio, 'aux_cam');
    if (state.has('token_classifier.weight')) {
      const classToken = add('Gather', [last, graph.integers(0)], { axis: 1 });
      add('Flatten', [await linear(classToken, 'token_classifier')], { axis: 1 }, 'image_logits');
    } else {
      const highest = add('ReduceMax', [features], { axes: [2, 3], keepdims: 1 });
      add('Flatten', [conv(highest, 'classifier.weight')], { axis: 1 }, 'image_logits');
    }
    for (const name of ['cam', 'aux_cam']) outputs.push(float(name, ['batch', K - 1, 'rows', 'columns']));
    outputs.push(float('image_logits', ['batch', K - 1]));
  }

  return graph.toBytes({
    name: 'mcc',
    about: 'Weakly supervised segmentation by Masked Collaborative Contrast: plain ViT and LargeFOV decoder.',
    inputs: [
      pixels ? { name: 'images', type: 'uint8', shape: ['batch', 'height', 'width', 3] } : float('images', ['batch', 3, 'height', 'width']),
    ],
    outputs,
    metadata: {
      classes: JSON.stringify(classes),
      normalization: JSON.stringify(normalization),
      patch_size: `${patchSize}`,
      ...options.metadata,
    },
  });
}

/** 8-bit [B, H, W, 3] to normalized [B, 3, H, W]: (v / 255 − mean) / std. */
function normalized(graph: OnnxGraph, { mean, std }: Normalization): string {
  const channels = (name: string, values: readonly number[]) => graph.weight(name, [1, 3, 1, 1], Float32Array.from(values));
  const float = graph.add('Cast', [graph.add('Transpose', ['images'], { perm: [0, 3, 1, 2] })], { to: 1 });
  const centered = graph.add('Sub', [graph.add('Div', [float, graph.float(255)]), channels('normalization.mean', mean)]);
  return graph.add('Div', [centered, channels('normalization.std', std)]);
}

/** CLS token, registers and patch tokens [B, 1 + R + N, D] with positional embedding, its patch part resized as the encoder does. */
function tokens(
  graph: OnnxGraph,
  network: SegmentationNetwork,
  position: Float32Array,
  embedded: string,
  mapShape: string,
  [clsToken, ...registers]: readonly string[],
): string {
  const { embedSize, imageSize, patchSize, positionResizing } = network.encoder.config;
  const side = imageSize / patchSize;
  const ofCls = graph.weight('encoder.pos_embed.cls', [1, 1, embedSize], position.slice(0, embedSize));
  const size = graph.add('Slice', [mapShape, graph.integers(2), graph.integers(4)]);
  const resized = resizedPositions(graph, { positions: position.slice(embedSize), side, embedSize, size }, positionResizing);
  const flat = graph.add('Reshape', [graph.add('Add', [embedded, resized]), graph.integers(0, embedSize, -1)]);
  const batch = graph.add('Slice', [mapShape, graph.integers(0), graph.integers(1)]);
  const repeat = (token: string) => graph.add('Expand', [token, graph.add('Concat', [batch, graph.integers(1, 1)], { axis: 0 })]);
  const others = [graph.add('Add', [clsToken!, ofCls]), ...registers].map(repeat);
  return graph.add('Concat', [...others, graph.add('Transpose', [flat], { perm: [0, 2, 1] })], { axis: 1 });
}

/** Half-pixel centers, edges clamped, no antialiasing: PyTorch's `interpolate` with align_corners=False. */
function resize(graph: OnnxGraph, x: string, sizes: string, mode: Record<string, string | { float: number }>, output?: string): string {
  return graph.add('Resize', [x, '', '', sizes], { coordinate_transformation_mode: 'half_pixel', ...mode }, output);
}

/** softmax(q·kᵀ/√d)·v of all heads, from query, key and value side by side [B, N, 3D]. */
function attention(graph: OnnxGraph, network: SegmentationNetwork, qkv: string): string {
  const { embedSize, heads } = network.encoder.config;
  const size = embedSize / heads;
  const add = graph.add.bind(graph);
  const byHead = add('Transpose', [add('Reshape', [qkv, graph.integers(0, 0, 3, heads, size)])], { perm: [2, 0, 3, 1, 4] });
  const [q, k, v] = [0, 1, 2].map(part =>
    add('Squeeze', [add('Slice', [byHead, graph.integers(part), graph.integers(part + 1)]), graph.integers(0)]),
  );
  const scaled = add('Mul', [q!, graph.float(1 / Math.sqrt(size))]);
  const weights = add('Softmax', [add('MatMul', [scaled, add('Transpose', [k!], { perm: [0, 1, 3, 2] })])], { axis: -1 });
  const mixed = add('Transpose', [add('MatMul', [weights, v!])], { perm: [0, 2, 1, 3] });
  return add('Reshape', [mixed, graph.integers(0, 0, embedSize)]);
}

/** What neurons of a block say [B, T, H], moved from the patches to the register before them: `moveToRegister` of @wsss/vit. */
function movedToRegister(graph: OnnxGraph, x: string, { encoder }: SegmentationNetwork, block: number): string {
  const { embedSize, mlpRatio } = encoder.config;
  const size = Math.round(embedSize * mlpRatio);
  const neurons = new Set(encoder.registerNeurons[block]);
  const mask = (name: string, of: (neuron: number) => number) =>
    graph.weight(
      `encoder.blocks.${block}.${name}`,
      [1, 1, size],
      Float32Array.from({ length: size }, (_, neuron) => of(neuron)),
    );
  const part = (of: string, from: number, to: number) =>
    graph.add('Slice', [of, graph.integers(from), graph.integers(to), graph.integers(1)]);
  const behind = encoder.registers + 1;
  const others = graph.add('Mul', [x, mask('stays', neuron => (neurons.has(neuron) ? 0 : 1))]);
  const largest = graph.add('ReduceMax', [part(x, behind, Number.MAX_SAFE_INTEGER)], { axes: [1], keepdims: 1 });
  const moved = graph.add('Mul', [largest, mask('moves', neuron => (neurons.has(neuron) ? 1 : 0))]);
  const own = graph.add('Add', [part(others, behind - 1, behind), moved]);
  return graph.add('Concat', [part(others, 0, behind - 1), own, part(others, behind, Number.MAX_SAFE_INTEGER)], { axis: 1 });
}

/** Exact GELU: x/2 · (1 + erf(x/√2)). */
function gelu(graph: OnnxGraph, x: string): string {
  const erf = graph.add('Erf', [graph.add('Mul', [x, graph.float(Math.SQRT1_2)])]);
  return graph.add('Mul', [graph.add('Mul', [x, graph.float(0.5)]), graph.add('Add', [erf, graph.float(1)])]);
}
