import { expect, it } from 'vitest';
import { parameterGroups } from './parameter-groups.js';
import { SegmentationNetwork } from './segmentation-network.js';

it('puts every trained parameter into one group, and gives the projector a rate of its own or that of the heads', () => {
  const backbone = { imageSize: 16, patchSize: 8, embedSize: 8, depth: 3, heads: 1 };
  const network = new SegmentationNetwork({
    backbone,
    classes: 2,
    mcc: { hiddenSize: 8, bottleneckSize: 4, outputSize: 4 },
  });
  const groups = parameterGroups(network, { learningRate: 1, headLearningRate: 2, projectorLearningRate: 3 });
  const names = groups.flatMap(({ variables }) => [...(variables as Map<string, unknown>).keys()]);
  expect(names.sort()).toEqual([...network.trainable().keys()].sort());
  const rates = (projectorLearningRate: number | null) =>
    parameterGroups(network, { learningRate: 1, headLearningRate: 2, projectorLearningRate }).map(({ learningRate }) => learningRate);
  expect(rates(3)).toEqual([1, 2, 3]);
  expect(rates(null)).toEqual([1, 2, 2]);
  network.dispose();
});
