import { catchInterruption, Progress, type ProgressOptions } from '@wsss/train';

/**
 * Does long work under a bar. Where Ctrl-C stops it, the process is to end with code 130.
 *
 * @param bar how it looks; the label may be told with the progress instead, where a new one begins a new bar
 * @param work when the signal is aborted, gives undefined or throws the signal's reason
 * @returns undefined if it was stopped
 */
export async function interruptible<T>(
  bar: Omit<ProgressOptions, 'total'>,
  work: (job: { signal: AbortSignal; onProgress: (done: number, total: number, label?: string) => void }) => Promise<T | undefined>,
): Promise<T | undefined> {
  const { signal, release } = catchInterruption();
  let progress: Progress | undefined;
  let shown: string | undefined;
  const onProgress = (done: number, total: number, label = bar.label) => {
    if (!progress || label !== shown) {
      progress?.finish();
      progress = new Progress({ ...bar, total, label });
      shown = label;
    }
    progress.update(done);
  };
  try {
    const result = await work({ signal, onProgress });
    if (result === undefined) process.exitCode = 130;
    return result;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    process.exitCode = 130;
    return undefined;
  } finally {
    progress?.finish();
    release();
  }
}
