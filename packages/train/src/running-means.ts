/** Sums and counts of values by name; plain JSON. */
export type ValueSums = Readonly<Record<string, { total: number; count: number }>>;

/** Means of named values, each over the times that it was given. */
export class RunningMeans {
  private readonly added: Map<string, { total: number; count: number }>;

  /** @param start what {@link sums} returned, to go on with it. */
  constructor(start: ValueSums = {}) {
    this.added = new Map(Object.entries(start));
  }

  get isEmpty(): boolean {
    return this.added.size === 0;
  }

  add(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const { total, count } = this.added.get(name) ?? { total: 0, count: 0 };
      this.added.set(name, { total: total + value, count: count + 1 });
    }
  }

  /** What was added and not taken. */
  sums(): ValueSums {
    return Object.fromEntries(this.added);
  }

  /** The means of what was added, and a new beginning. */
  take(): Record<string, number> {
    const means = Object.fromEntries([...this.added].map(([name, { total, count }]) => [name, total / count]));
    this.added.clear();
    return means;
  }
}
