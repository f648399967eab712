import type { Picture } from '../dataset.js';
import { resize } from './resize.js';

/** Both sides times a factor, rounded down, at least 1. */
export function scaledSize({ width, height }: { width: number; height: number }, factor: number): { width: number; height: number } {
  return { width: Math.max(1, Math.floor(width * factor)), height: Math.max(1, Math.floor(height * factor)) };
}

/** A picture enlarged or shrunk by a factor (bilinear, antialiased when shrinking). */
export const scale = (picture: Picture, factor: number): Picture => resize(picture, scaledSize(picture, factor), 'bilinear');
