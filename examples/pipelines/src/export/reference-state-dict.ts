import type { StateDict } from '@wsss/weights';
import type { SegmentationNetwork } from '../network/segmentation-network.js';

/**
 * The network's state dict as the authors' program has it: PyTorch's names and layouts, complete, so that `load_state_dict` takes it
 * strictly. Their encoder keeps timm's classification head, of 1000 rows, which MCC never uses and this program does not have:
 * `headClasses` rows are filled with zeros.
 * LayerScale and register tokens, which theirs has not, keep timm's names.
 */
export async function referenceStateDict(network: SegmentationNetwork, headClasses: number): Promise<StateDict> {
  const { embedSize } = network.encoder.config;
  const complete: StateDict = new Map();
  for (const [name, tensor] of await network.toStateDict()) {
    complete.set(name, tensor);
    if (name !== 'encoder.norm.bias' || !headClasses) continue;
    complete.set('encoder.head.weight', { shape: [headClasses, embedSize], data: new Float32Array(headClasses * embedSize) });
    complete.set('encoder.head.bias', { shape: [headClasses], data: new Float32Array(headClasses) });
  }
  return complete;
}
