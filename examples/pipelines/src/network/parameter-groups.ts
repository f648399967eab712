import type { ParameterGroup } from '@wsss/train';
import type { Recipe } from '../recipes/recipe.js';
import type { SegmentationNetwork } from './segmentation-network.js';

/** The encoder at one learning rate; heads and decoder, which start from nothing, at a higher one; the projector at theirs or its own. */
export function parameterGroups(
  network: SegmentationNetwork,
  rates: Pick<Recipe['optimizer'], 'learningRate' | 'headLearningRate' | 'projectorLearningRate'>,
): ParameterGroup[] {
  const { learningRate, headLearningRate, projectorLearningRate } = rates;
  const groups = [
    { name: 'encoder', prefixes: ['encoder.'], learningRate },
    { name: 'heads', prefixes: ['decoder.', 'classifier.', 'aux_classifier.', 'token_classifier.'], learningRate: headLearningRate },
    { name: 'projector', prefixes: ['proj_head.'], learningRate: projectorLearningRate ?? headLearningRate },
  ];
  const all = [...network.trainable()];
  return groups.map(({ name, prefixes, learningRate }) => ({
    name,
    variables: new Map(all.filter(([parameter]) => prefixes.some(prefix => parameter.startsWith(prefix)))),
    learningRate,
  }));
}
