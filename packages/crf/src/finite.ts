/** @throws RangeError on the first number that is NaN or infinite. */
export function requireFinite(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new RangeError(`${name}[${i}] is ${values[i]}, expected finite numbers.`);
  }
}
