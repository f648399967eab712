import type { NetworkExplanation } from './explain-network.js';
import type { Explanation } from './explanation.js';

/** The numbers of an explanation as plain JSON: all but pixels, maps of pixels, and the affinities of other patches than the chosen one. */
export function explanationJson(found: Explanation): object {
  const { name, picture, labels, mainCamForMasks, view2, after, before, ...same } = found;
  const { grid, classes, patch } = same;
  const numbers = (values: ArrayLike<number>) => Array.from(values, value => Number(value.toPrecision(6)));
  const network = (of: NetworkExplanation) => ({
    probabilities: numbers(of.probabilities),
    importance: numbers(of.importance),
    patchLabels: numbers(of.patchLabels),
    affinityOfPatch: numbers(of.affinity.subarray(patch.index * grid[0] * grid[1], (patch.index + 1) * grid[0] * grid[1])),
    tokenNorms: numbers(of.tokenNorms),
    attention: numbers(of.attention),
    flags: of.flags,
    logits: of.logits.map(numbers),
    contrast: of.contrast,
  });
  return {
    image: name,
    size: [picture.height, picture.width],
    ...same,
    labels: classes.filter((_, c) => labels[c]! > 0),
    masksBy: mainCamForMasks ? 'main CAM' : 'auxiliary CAM',
    view2: view2.rectangle,
    after: network(after),
    before: before && network(before),
  };
}
