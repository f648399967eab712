import { readWholeFile } from '@wsss/numpy';
import { parseWeights, type WeightsFile } from './weights-file.js';

/**
 * Reads a file of weights of any format that {@link parseWeights} knows, in Node.
 *
 * @param file its path.
 * @throws Error naming the file if it is missing, and FileFormatError if it cannot be read as weights.
 *
 * @example
 * const { tensors } = await readWeights('deit_base_patch16_224-b5f2ef4d.pth');
 * vit.load(encoderWeights(tensors).tensors);
 */
export async function readWeights(file: string): Promise<WeightsFile> {
  const bytes = await readWholeFile(file).catch(error => {
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
  });
  return parseWeights(bytes, file);
}
