import { FileFormatError } from '@wsss/numpy';
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
  // Taken this way, Node's fs is no import that a program for browsers, which use parseWeights, would have to resolve.
  const { open } = process.getBuiltinModule('node:fs/promises');
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const bytes = new Uint8Array(size);
      // In pieces, since one read ends at 2 GiB.
      for (let read = 0; read < size; ) {
        const { bytesRead } = await handle.read(bytes, read, Math.min(size - read, 2 ** 26), read);
        if (bytesRead === 0) throw new Error(`it ended after ${read} of ${size} bytes`);
        read += bytesRead;
      }
      return parseWeights(bytes, file);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof FileFormatError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new Error(`${file} cannot be read: ${reason}`, { cause: error });
  }
}
