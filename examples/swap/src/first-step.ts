import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { checkEncoder, MaskedCollaborativeContrast } from '@wsss/mcc';
import { ownEncoder } from './own-encoder.js';

await startEngine();
const encoder = ownEncoder(8, 32);

let state = 42; // the seed, a whole number from 1 to 2147483646
// Uniform numbers in [0, 1): the generator of Park and Miller (1988).
const rng = () => (state = (state * 48271) % 2147483647) / 2147483647;

const mcc = new MaskedCollaborativeContrast({ inputSize: 32, patchSize: 8 }, rng);
const { leak, reached } = await checkEncoder(encoder, mcc.config);
console.log(`Hidden patches have ${leak} of the influence of visible ones; gradients reach ${reached.length} variable.`);

const images = (seed: number) => tf.randomNormal([2, 64, 64, 3], 0, 1, 'float32', seed);
const views = { global: [images(1), images(2)] as const, local: images(3) }; // your images
const cam = tf.concat([tf.ones([2, 64, 32, 5]), tf.zeros([2, 64, 32, 5])], 2); // your class activation maps of 5 classes
const labels = tf.tensor2d([1, 0, 0, 1, 0, 0, 1, 0, 0, 0], [2, 5]); // which of these each image has

const { value, grads } = tf.variableGrads(() => mcc.step({ encoder, views, cam, labels, rng }).loss);
console.log(`The loss is ${value.dataSync()[0]!.toFixed(3)}, with gradients for ${Object.keys(grads).length} variables.`);
