import type { Engine } from './engine.js';

/**
 * Throws unless `bytes` more would fit beside the tensors that are alive. Asked before the first iteration, it turns what would be a
 * crash halfway (on wasm the heap ends at 4 GiB) into advice.
 *
 * @param what what needs it, for the message, e.g. `training on crops of 448 pixels, batch 2`
 * @throws {RangeError} if it does not fit
 */
export function assertFits(
  engine: Pick<Engine, 'memoryBytes' | 'memoryInUse'> & { readonly name: string },
  bytes: number,
  what: string,
): void {
  const left = engine.memoryBytes - engine.memoryInUse();
  if (bytes <= left) return;
  const advice =
    engine.name === 'wasm' && globalThis.process?.versions?.node
      ? 'Use a smaller crop or batch, or the native engine, which has no such limit (npx wsss-engine install native).'
      : 'Use a smaller crop or batch.';
  throw new RangeError(
    `${what} needs ${gib(bytes)}, but the ${engine.name} engine has ${gib(left)} of ${gib(engine.memoryBytes)} left. ${advice}`,
  );
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
