import { homedir } from 'node:os';
import { join } from 'node:path';

export { download } from '@wsss/files';
export { type PublishedWeights, publishedWeights } from './published-weights.js';

/** The digits of a SHA-256 that a file's name states, as PyTorch's hub names files: `deit_base_patch16_224-b5f2ef4d.pth`. */
export function hashInName(name: string): string | undefined {
  return /-([0-9a-f]{8,64})\.[a-z]+$/.exec(name)?.[1];
}

/** Where fetched weights are kept: `~/.cache/wsss/weights`, or below `$XDG_CACHE_HOME`. */
export function weightsFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wsss', 'weights');
}
