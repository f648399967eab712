import type fc from 'fast-check';

/** A reader, and damaged files for it. */
export interface FuzzTarget {
  name: string;
  files: fc.Arbitrary<Uint8Array>;
  /** @throws what the reader throws. */
  read(bytes: Uint8Array): unknown;
}
