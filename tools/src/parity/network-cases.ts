import * as tf from '@tensorflow/tfjs-core';
import { multiScaleCam } from '@wsss/cam';
import { type GoldenCase, goldenNetwork, goldenWeights } from '@wsss/fixtures';
import { keyMaskTensors } from '@wsss/mcc';
import { fusions, multiScaleSegmentation, SegmentationNetwork } from '@wsss/pipelines';
import type { Cases, Check } from './check.js';

/** The network that a case's settings and weights describe. */
export function loadNetwork(golden: GoldenCase): SegmentationNetwork {
  const network = new SegmentationNetwork(goldenNetwork(golden));
  network.load(goldenWeights(golden), golden.name);
  return network;
}

/** A case of the whole network, which is disposed of at its end. */
const withNetwork = (run: (check: Check, network: SegmentationNetwork) => void) => (check: Check) => {
  const network = loadNetwork(check.golden);
  run(check, network);
  network.dispose();
};

/** Image logits, segmentation logits and token maps of images. */
function plainOutputs(network: SegmentationNetwork, images: tf.Tensor4D): Record<string, tf.Tensor> {
  const encoding = network.encoder.encode(images);
  const { main, auxiliary } = network.classify(encoding);
  return { cls: main, seg: network.segment(encoding), fmap: network.tokenMap(encoding), cls_aux: auxiliary };
}

export const networkCases: Cases = {
  /** The whole network: CAM logits, and the plain forward with gradients. */
  network_eval: withNetwork((check, network) => {
    const input = check.maps('input');
    const [cam, camAux] = network.camLogits(network.encoder.encode(input));
    check.values('cam', cam);
    check.values('cam_aux', camAux);
    check.model(given => plainOutputs(network, given.input!), { input }, network);
  }),

  /** The network with its views, masks and the teacher's update before the forward. */
  network_train: withNetwork((check, network) => {
    const inputs = Object.fromEntries(['input', 'view.global1', 'view.global2', 'view.local'].map(name => [name, check.maps(name)]));
    const { shape, data } = check.recorded('attn_masks');
    const [count, batch, rows, columns] = shape as [number, number, number, number];
    const visible = keyMaskTensors({ count, batch, grid: [rows, columns], hidden: Uint8Array.from(data) });
    const project = (given: Record<string, tf.Tensor4D>) => {
      const { cls } = network.encoder.encode(tf.concat([given['view.global1']!, given['view.global2']!], 0));
      return network.mcc.project(cls, network.mcc.encodeLocalViews(network.encoder, given['view.local']!, visible));
    };
    check.values('output_t_before_ema', project(inputs).teacher);
    network.mcc.updateTeacher();
    const { parameters } = network.mcc.teacher;
    for (const spec of parameters.specs) check.parameter(`after_ema.proj_head_t.${spec.name}`, parameters.get(spec.name), spec);
    check.values('output_t', project(inputs).teacher);
    const outputs = (given: Record<string, tf.Tensor4D>) => {
      const { student } = project(given);
      return { ...plainOutputs(network, given.input!), output_s: student };
    };
    check.model(outputs, inputs, network);
  }),

  /** Multi-scale CAMs of both heads. */
  multi_scale_cam: withNetwork((check, network) => {
    const images = check.maps('input');
    const { scales } = check.settings;
    const heads = (x: tf.Tensor4D) => network.camLogits(network.encoder.encode(x));
    const [cam, camAux] = multiScaleCam(heads, images, { scales });
    check.values('cam', cam!);
    check.values('cam_aux', camAux!);
    check.values('cam', multiScaleCam(heads, images, { scales, unmirrored: heads(images) })[0]!);
  }),

  /** Multi-scale segmentation with mirror images, by both fusion rules. */
  infer_ms: withNetwork((check, network) => {
    const segment = (x: tf.Tensor4D) => network.segment(network.encoder.encode(x));
    for (const [name, fusion] of Object.entries(fusions))
      check.values(name, multiScaleSegmentation(segment, check.maps('input'), check.sizeOf(name), fusion));
  }),
};
