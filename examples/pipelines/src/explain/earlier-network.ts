import { readWeights } from '@wsss/weights';
import { createNetwork } from '../network/create.js';
import { checkFit, encoderOf } from '../network/pretrained-encoder.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { CheckpointInfo } from '../run/checkpoint-info.js';

/**
 * The network that training started from, or that it was at an earlier checkpoint.
 *
 * @param file a checkpoint of the same architecture, or pretrained weights of the encoder; the rest then is what the recipe's seed gives,
 *   as at the start of the run.
 * @throws Error when the file cannot be read or does not fit the trained network.
 */
export async function earlierNetwork(file: string, { recipe, classes }: CheckpointInfo): Promise<SegmentationNetwork> {
  const weights = await readWeights(file);
  const { tensors } = weights;
  const network = createNetwork(recipe, classes.length);
  try {
    if (!tensors.has('encoder.cls_token')) {
      const encoder = encoderOf(weights, file);
      checkFit(network.encoder.config, encoder, file);
      network.encoder.load(encoder.tensors, { source: file });
    } else network.load(new Map([...tensors].filter(([name]) => !name.startsWith('optimizer.'))), file);
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
}
