import { join } from 'node:path';
import { writeAtomically } from '@wsss/train';
import { runFiles } from '../run/folder.js';
import type { IterationResult } from './iteration.js';
import type { MicroBatch } from './training-input.js';

/** Writes down what an iteration that was left out worked on and what came of it. @returns the file. */
export async function describeNotFinite(
  out: string,
  iteration: number,
  parts: readonly MicroBatch[],
  { losses, gradientNorm, parts: lossesOf, notFinite }: IterationResult,
  classes: readonly string[],
): Promise<string> {
  const file = join(runFiles(out).notFinite, `iteration-${String(iteration).padStart(8, '0')}.json`);
  const microBatches = parts.map(({ batch, position }, part) => ({
    position,
    losses: lossesOf[part],
    images: batch.ids.map((id, i) => ({
      id,
      labels: classes.filter((_, k) => batch.labels[i * classes.length + k]),
      box: [...batch.boxes.subarray(4 * i, 4 * i + 4)],
      ...Object.fromEntries((['view1', 'view2', 'local'] as const).map(view => [view, statistics(batch[view], i, batch.size)])),
    })),
  }));
  const description = { iteration, losses, gradientNorm, gradientsNotFinite: notFinite, microBatches };
  const spellOut = (_: string, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);
  await writeAtomically(file, `${JSON.stringify(description, spellOut, 2)}\n`);
  return file;
}

/** Of the bytes of one image of a batch, 0..255. */
function statistics(views: Uint8Array, index: number, count: number): { minimum: number; mean: number; maximum: number } {
  const bytes = views.subarray((index * views.length) / count, ((index + 1) * views.length) / count);
  const mean = bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
  return { minimum: bytes.reduce((a, b) => Math.min(a, b), 255), mean, maximum: bytes.reduce((a, b) => Math.max(a, b), 0) };
}
