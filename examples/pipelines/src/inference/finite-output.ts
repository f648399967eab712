/**
 * What a network gives must be numbers: labels of NaN would be background, in silence.
 *
 * @throws Error if a value is NaN or infinite.
 */
export function requireFiniteOutput(values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new Error(
        `the network gives ${values[i]} for a picture: its weights are too large for float32, or damaged. Take an earlier checkpoint`,
      );
}
