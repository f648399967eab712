import type { ParameterGroup } from '@wsss/train';
import type { SegmentationNetwork } from './model/segmentation-network.js';

/** The encoder at one learning rate; heads, projector and decoder, which start from nothing, at a higher one. */
export function parameterGroups(network: SegmentationNetwork, rates: { learningRate: number; headLearningRate: number }): ParameterGroup[] {
  const all = [...network.trainable()];
  const ofEncoder = ([name]: [string, unknown]) => name.startsWith('encoder.');
  return [
    { name: 'encoder', variables: new Map(all.filter(ofEncoder)), learningRate: rates.learningRate },
    { name: 'heads', variables: new Map(all.filter(entry => !ofEncoder(entry))), learningRate: rates.headLearningRate },
  ];
}
