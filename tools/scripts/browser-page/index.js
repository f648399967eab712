// The page that three bundlers build: one of everything that runs in a browser. It leaves what it found in `globalThis.found`.
import * as tf from '@tensorflow/tfjs-core';
import { classActivationLogits, multiScaleCam } from '@wsss/cam';
import { applyCrf, DenseCrfPool, LatticeEngine } from '@wsss/crf';
import { applyCrfToTensor } from '@wsss/crf/tensor';
import { resize } from '@wsss/datasets/augment';
import { createRandom } from '@wsss/datasets/random';
import { shapesDataset } from '@wsss/datasets/shapes';
import { inspectEngines, startEngine } from '@wsss/engine/browser';
import { denseEnergy, multilabelSoftMarginLoss } from '@wsss/losses';
import { checkEncoder, MaskedCollaborativeContrast } from '@wsss/mcc';
import { ConfusionMatrix, scores } from '@wsss/metrics';
import { parseNpy, serializeNpy } from '@wsss/numpy';
import { interpolate } from '@wsss/ops';
import { AdamW } from '@wsss/train/optimizers';
import { VisionTransformer } from '@wsss/vit';
import { parseSafetensors, serializeSafetensors } from '@wsss/weights';

const wanted = new URLSearchParams(location.search).get('engine') ?? 'auto';

async function train() {
  const random = createRandom(1, 'page');
  const rng = () => random.uniform();
  const dataset = shapesDataset({ seed: 1, length: 8, size: 64 });
  const [picture, mask, labels] = [await dataset.image(0), await dataset.mask(0), await dataset.labels(0)];
  const classes = labels.length;
  const encoder = new VisionTransformer({ imageSize: 64, patchSize: 8, embedSize: 32, depth: 3, heads: 2 }, rng);
  const classifier = tf.variable(tf.randomNormal([32, classes], 0, 0.1, 'float32', 5), true, 'classifier');
  const mcc = new MaskedCollaborativeContrast({ inputSize: 32, patchSize: 8, hiddenSize: 48, bottleneckSize: 16, outputSize: 32 }, rng);
  await checkEncoder(encoder, mcc.config);

  const toTensor = ({ data, width, height }) => tf.div(tf.tensor(Float32Array.from(data), [1, height, width, 3]), 255);
  const images = toTensor(picture);
  const small = toTensor(resize(picture, { width: 32, height: 32 }, 'bilinear'));
  const truth = tf.tensor2d([...labels], [1, classes]);
  const heads = x => {
    const { patches, grid } = encoder.encode(x);
    return [classActivationLogits(patches, classifier, grid)];
  };
  const [cam] = multiScaleCam(heads, images, { scales: [1, 0.5] });
  const variables = [classifier, ...encoder.parameters.trainable().values(), ...mcc.trainable().values()];
  const optimizer = new AdamW([{ name: 'all', variables, learningRate: 1e-3 }]);
  const losses = [];
  for (let i = 0; i < 2; i++) {
    const { value, grads } = tf.variableGrads(() => {
      const logits = tf.matMul(encoder.encode(images).cls, classifier);
      const { loss } = mcc.step({ encoder, views: { global: [images, images], local: images }, cam, labels: truth, rng });
      return tf.add(multilabelSoftMarginLoss(logits, truth), tf.mul(loss, 0.5));
    });
    optimizer.step(grads, 1);
    losses.push((await value.data())[0], Object.keys(grads).length);
  }
  return { encoder, picture, mask, cam, small: small.shape, losses, camMax: (await tf.max(cam).data())[0], classes };
}

async function refine({ picture, mask, cam, classes }) {
  const { width, height, data } = picture;
  const labels = classes + 1;
  const probabilities = new Float32Array(width * height * labels);
  const activation = await interpolate(cam, [height, width], { mode: 'bilinear' }).data();
  for (let i = 0; i < width * height; i++) {
    probabilities[i * labels] = 0.5;
    for (let c = 0; c < classes; c++) probabilities[i * labels + c + 1] = 0.5 * activation[i * classes + c] + 1e-3;
  }
  const image = { width, height, image: Uint8Array.from(data), probabilities };
  const one = await LatticeEngine.start();
  const expected = applyCrf(one, image);
  const sum = ({ labels: map }) => map.reduce((total, label, i) => (total + label * ((i % 97) + 1)) % 1e6, 0);
  let threads;
  try {
    const two = await LatticeEngine.start({ threads: 2 });
    threads = sum(applyCrf(two, image)) === sum(expected) ? 'two threads agree with one' : 'two threads differ from one';
    two.dispose();
  } catch (error) {
    threads = error.message;
  }
  const pool = await DenseCrfPool.start({ workers: 2 });
  const pooled = await Promise.all([1, 2, 3].map(name => pool.run({ name: `${name}`, ...image })));
  await pool.close();
  const tensor = tf.tensor(probabilities, [height, width, labels]);
  const refined = await applyCrfToTensor(one, tf.tensor(Float32Array.from(data), [height, width, 3]), tensor);
  const filter = request => new Float32Array(request.values.length);
  const energy = denseEnergy(tf.expandDims(tensor), { images: image.image }, filter);
  const matrix = new ConfusionMatrix(labels).add(expected.labels, mask.data);
  return {
    threads,
    pool: pooled.every(result => sum(result) === sum(expected)),
    tensor: refined.shape,
    energy: energy.shape.length,
    accuracy: scores(matrix).pixelAccuracy > 0.1,
  };
}

async function files(encoder) {
  const tensors = await encoder.parameters.toStateDict();
  const read = parseSafetensors(serializeSafetensors(tensors, { metadata: { a: 'b' } }), 'memory');
  const npy = parseNpy(serializeNpy({ shape: [2], data: Float32Array.of(1, 2) }), 'memory.npy');
  return read.tensors.size === tensors.size && npy.data[1] === 2;
}

async function all() {
  const engines = await inspectEngines();
  const engine = await startEngine({ engine: wanted });
  const trained = await train();
  const { small, losses, camMax } = trained;
  const crf = await refine(trained);
  const read = await files(trained.encoder);
  const { name, version, threads } = engine;
  return { engines, engine: { name, version, threads }, small, losses, camMax, crf, files: read };
}

all()
  .catch(error => ({ error: error.stack ?? String(error) }))
  .then(found => {
    globalThis.found = found;
    document.title = 'done';
  });
