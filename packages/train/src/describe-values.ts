/** Names and numbers for people: `loss 0.2311 · rate 6.00e-7`. */
export function describeValues(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${describeNumber(value)}`)
    .join(' · ');
}

/** Four significant digits; whole numbers as they are. */
function describeNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}
