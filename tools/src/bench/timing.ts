/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Seconds that each of `runs` calls takes, after one that is not counted, since it compiles. */
export async function timeRuns(runs: number, work: () => unknown): Promise<number[]> {
  const seconds: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    await work();
    if (run > 0) seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}
