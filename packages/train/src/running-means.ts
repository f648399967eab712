/** Sums and counts of values by name; plain JSON. */
export type ValueSums = Readonly<Record<string, { total: number; count: number }>>;

/** Sums with some values added to them. */
export function addValues(sums: ValueSums, values: Readonly<Record<string, number>>): ValueSums {
  const added = Object.entries(values).map(([name, value]) => {
    const { total, count } = sums[name] ?? { total: 0, count: 0 };
    return [name, { total: total + value, count: count + 1 }] as const;
  });
  return { ...sums, ...Object.fromEntries(added) };
}

/** The mean of each value over the times that it was given. */
export function meansOf(sums: ValueSums): Record<string, number> {
  return Object.fromEntries(Object.entries(sums).map(([name, { total, count }]) => [name, total / count]));
}
