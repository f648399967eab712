/** How often something is tried where another process makes or removes what it needs. */
const attempts = 200;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Errors of work that was tried often enough. What it is a part of is not tried again for them. */
const lasting = new WeakSet<object>();

/**
 * Does again what failed because a file or folder is missing, which another process may just have removed: up to 200 times, with pauses
 * of random length below 1 ms, so that it does not keep step with the other one and always come at the wrong moment.
 *
 * @param work what may fail. Work in it that was tried so often itself is not tried again.
 * @param isPassing whether an error may be due to another process. Default: `ENOENT`.
 * @throws what `work` throws at last, or that does not pass.
 */
export function retryIfGone<T>(work: () => T, isPassing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (!isPassing(error) || lasting.has(error as object)) throw error;
      if (attempt === attempts) {
        lasting.add(error as object);
        throw error;
      }
      Atomics.wait(never, 0, 0, Math.random());
    }
  }
}
