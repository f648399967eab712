import * as tf from '@tensorflow/tfjs-core';
import { multiScaleCam } from '@wsss/cam';
import { type GoldenCase, goldenMaps, goldenNetwork, goldenTensor, goldenWeights } from '@wsss/fixtures';
import { listVisiblePatches, visiblePatchTensors } from '@wsss/mcc';
import { fusions, multiScaleSegmentation, SegmentationNetwork } from '@wsss/pipelines';
import type { Check } from './check.js';

/** The network that a case's settings and weights describe. */
export function loadNetwork(golden: GoldenCase): SegmentationNetwork {
  const network = new SegmentationNetwork(goldenNetwork(golden));
  network.load(goldenWeights(golden), golden.name);
  return network;
}

/** Compares the gradients of a loss with all recorded ones, of parameters and of the given inputs. */
function gradients(
  check: Check,
  network: SegmentationNetwork,
  loss: (inputs: tf.Tensor4D[]) => tf.Scalar,
  inputs: Record<string, tf.Tensor4D>,
): void {
  const names = Object.keys(inputs);
  const { value, grads } = tf.variableGrads(() => loss(Object.values(inputs)), [...network.trainable().values()]);
  check.scalar('loss', value);
  for (const [name, variable] of network.trainable())
    if (check.golden.tensors.has(`grad.${name}`)) check.parameter(`grad.${name}`, grads[variable.name]!, network.spec(name));
  const ofInputs = tf.grads((...given) => loss(given as tf.Tensor4D[]))(Object.values(inputs));
  names.forEach((name, i) => {
    if (check.golden.tensors.has(`grad.${name}`)) check.maps(`grad.${name}`, ofInputs[i]!);
  });
}

function project(golden: GoldenCase, outputs: Record<string, tf.Tensor>): tf.Scalar {
  return tf.addN(
    Object.entries(outputs).map(([name, output]) =>
      tf.sum(tf.mul(output, output.rank === 4 ? goldenMaps(golden, `proj.${name}`) : goldenTensor(golden, `proj.${name}`))),
    ),
  ) as tf.Scalar;
}

function compare(check: Check, outputs: Record<string, tf.Tensor>): void {
  for (const [name, output] of Object.entries(outputs)) output.rank === 4 ? check.maps(name, output) : check.values(name, output);
}

/** Image logits, segmentation logits and token maps of images. */
function plainOutputs(network: SegmentationNetwork, images: tf.Tensor4D): Record<string, tf.Tensor> {
  const encoding = network.encoder.encode(images);
  const { logits, auxiliary } = network.classify(encoding);
  return { cls: logits, seg: network.segment(encoding), fmap: network.tokenMap(encoding), cls_aux: auxiliary };
}

/** The whole network: CAM logits, and the plain forward with gradients. */
export function networkEval(check: Check): void {
  const { golden } = check;
  const network = loadNetwork(golden);
  const images = goldenMaps(golden, 'input');
  const [cam, camAux] = network.camLogits(network.encoder.encode(images));
  compare(check, { cam, cam_aux: camAux, ...plainOutputs(network, images) });
  gradients(check, network, ([input]) => project(golden, plainOutputs(network, input!)), { input: images });
  network.dispose();
}

/** The network with its views, masks and the teacher's update before the forward. */
export function networkTrain(check: Check): void {
  const { golden } = check;
  const network = loadNetwork(golden);
  const inputs = Object.fromEntries(['input', 'view.global1', 'view.global2', 'view.local'].map(name => [name, goldenMaps(golden, name)]));
  const recordedMasks = check.recorded('attn_masks');
  const [count, batch, rows, columns] = recordedMasks.shape as [number, number, number, number];
  const visible = visiblePatchTensors(
    listVisiblePatches({ count, batch, grid: [rows, columns], hidden: Uint8Array.from(recordedMasks.data) }),
  );
  const outputs = ([input, global1, global2, local]: tf.Tensor4D[]) => {
    const globalTokens = network.encoder.encode(tf.concat([global1!, global2!], 0)).cls;
    const { student, teacher } = network.mcc.project(globalTokens, network.mcc.encodeLocalViews(network.encoder, local!, visible));
    return { outputs: { ...plainOutputs(network, input!), output_s: student }, teacher };
  };
  check.values('output_t_before_ema', outputs(Object.values(inputs)).teacher);
  network.mcc.updateTeacher();
  for (const spec of network.mcc.teacher.parameters.specs)
    check.parameter(`after_ema.proj_head_t.${spec.name}`, network.mcc.teacher.parameters.get(spec.name), spec);
  const found = outputs(Object.values(inputs));
  compare(check, { ...found.outputs, output_t: found.teacher });
  gradients(check, network, given => project(golden, outputs(given).outputs), inputs);
  network.dispose();
}

/** Multi-scale CAMs of both heads. */
export function multiScaleCams(check: Check): void {
  const { golden } = check;
  const network = loadNetwork(golden);
  const images = goldenMaps(golden, 'input');
  const heads = (x: tf.Tensor4D) => network.camLogits(network.encoder.encode(x));
  const [cam, camAux] = multiScaleCam(heads, images, { scales: golden.settings.scales });
  compare(check, { cam: cam!, cam_aux: camAux! });
  const [again] = multiScaleCam(heads, images, { scales: golden.settings.scales, unmirrored: heads(images) });
  check.values('cam', tf.transpose(again!, [0, 3, 1, 2]));
  network.dispose();
}

/** Multi-scale segmentation with mirror images, by both fusion rules. */
export function multiScaleInference(check: Check): void {
  const { golden } = check;
  const network = loadNetwork(golden);
  const images = goldenMaps(golden, 'input');
  for (const [name, fusion] of Object.entries(fusions)) {
    const [, , height, width] = check.recorded(name).shape as [number, number, number, number];
    check.maps(
      name,
      multiScaleSegmentation(x => network.segment(network.encoder.encode(x)), images, [height, width], fusion),
    );
  }
  network.dispose();
}
