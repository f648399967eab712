import { open } from 'node:fs/promises';
import type { CocoImage } from './instances.js';
import type { LabeledSegmentation } from './label-map.js';

/**
 * Reads the outlines of an image's annotations out of the instances file.
 *
 * @throws Error if the file is not the one any more that was read before
 */
export async function readSegmentations(path: string, { file: name, annotations }: CocoImage): Promise<LabeledSegmentation[]> {
  const file = await open(path);
  try {
    const found: LabeledSegmentation[] = [];
    for (const { id, label, start, length } of annotations) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, start);
      found.push({ name: `annotation ${id} of ${name}`, label, segmentation: parsed(buffer.toString('utf8', 0, bytesRead), id, path) });
    }
    return found;
  } finally {
    await file.close();
  }
}

function parsed(text: string, id: number, path: string): LabeledSegmentation['segmentation'] {
  try {
    const annotation = JSON.parse(text);
    if (annotation.id === id) return annotation.segmentation;
  } catch {
    // said below
  }
  throw new Error(`annotation ${id} is no longer where it was in ${path}: the file has been changed; start again`);
}
