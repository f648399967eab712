/** Logical cores that this program may use. */
export async function coreCount(): Promise<number> {
  if (globalThis.navigator?.hardwareConcurrency) return navigator.hardwareConcurrency;
  return (await import('node:os')).availableParallelism();
}
