import { readFileSync } from '@wsss/files';
import { type HostTensor, parseNpy, parseSafetensors } from '@wsss/weights';

/**
 * Reads class probabilities of an image, as [height, width, labels] or [labels, height, width].
 *
 * @param file .npy or .safetensors
 * @param tensor which one of a safetensors file; default: the only one
 * @returns [height, width, labels]
 * @throws Error when there is no such file or tensor, or it does not have the size of the image
 */
export function readProbabilities(
  file: string,
  { width, height }: { width: number; height: number },
  tensor?: string,
): { probabilities: Float32Array; labels: number } {
  const { shape, data } = readArray(file, tensor);
  const dimensions = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  if (dimensions.length === 3 && dimensions[0] === height && dimensions[1] === width)
    return { probabilities: values, labels: dimensions[2]! };
  if (dimensions.length === 3 && dimensions[1] === height && dimensions[2] === width) {
    const labels = dimensions[0]!;
    const pixels = height * width;
    const probabilities = values.map((_, i) => values[(i % labels) * pixels + Math.floor(i / labels)]!);
    return { probabilities, labels };
  }
  throw new Error(
    `--probabilities: ${file} has shape [${shape}], expected [${height}, ${width}, labels] or [labels, ${height}, ${width}] for this image`,
  );
}

function readArray(file: string, tensor?: string): HostTensor {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new Error(`--probabilities: ${file} cannot be read`);
  }
  if (file.endsWith('.npy')) return parseNpy(bytes, file);
  if (!file.endsWith('.safetensors')) throw new Error(`--probabilities: ${file} is neither .npy nor .safetensors`);
  const { tensors } = parseSafetensors(bytes, file);
  const name = tensor ?? (tensors.size === 1 ? [...tensors.keys()][0]! : undefined);
  const found = name === undefined ? undefined : tensors.get(name);
  if (!found)
    throw new Error(`--tensor: ${file} holds ${[...tensors.keys()].join(', ')}; ${tensor ? `there is no ${tensor}` : 'say which'}`);
  return found;
}
