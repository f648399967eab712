/** What WebAssembly memory can hold at most: 65 536 pages of 64 KiB. */
export const MEMORY_LIMIT = 2 ** 32;
const PAGE = 65536;
const ALIGNMENT = 64;

/** Blocks of WebAssembly memory by first fit. The memory grows when no gap is large enough; freed blocks are used again. */
export class Heap {
  /** Gaps in ascending order, no two of them touching. */
  private gaps: { at: number; size: number }[] = [];
  private readonly sizes = new Map<number, number>();
  private end: number;

  constructor(readonly memory: WebAssembly.Memory) {
    // Address 0 stays unused.
    this.gaps.push({ at: ALIGNMENT, size: memory.buffer.byteLength - ALIGNMENT });
    this.end = memory.buffer.byteLength;
  }

  /** Bytes in blocks that were not freed. */
  get bytesInUse(): number {
    let total = 0;
    for (const size of this.sizes.values()) total += size;
    return total;
  }

  /** Address of a new block, a multiple of 64. @throws RangeError if the memory cannot grow that far. */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    let gap = this.gaps.find(candidate => candidate.size >= size);
    if (!gap) {
      const last = this.gaps.at(-1);
      const reusable = last && last.at + last.size === this.end ? last : undefined;
      const pages = Math.ceil((size - (reusable?.size ?? 0)) / PAGE);
      if (this.end + pages * PAGE > MEMORY_LIMIT) throw outOfMemory(this.bytesInUse + size);
      try {
        this.memory.grow(pages);
      } catch (cause) {
        throw outOfMemory(this.bytesInUse + size, cause);
      }
      gap = reusable ?? { at: this.end, size: 0 };
      if (!reusable) this.gaps.push(gap);
      gap.size += pages * PAGE;
      this.end += pages * PAGE;
    }
    const at = gap.at;
    gap.at += size;
    gap.size -= size;
    if (gap.size === 0) this.gaps.splice(this.gaps.indexOf(gap), 1);
    this.sizes.set(at, size);
    return at;
  }

  /** Gives a block back. */
  free(at: number): void {
    const size = this.sizes.get(at);
    if (size === undefined) throw new Error(`No block begins at ${at}.`);
    this.sizes.delete(at);
    let place = this.gaps.findIndex(gap => gap.at > at);
    if (place < 0) place = this.gaps.length;
    this.gaps.splice(place, 0, { at, size });
    for (const i of [place, place - 1]) {
      const gap = this.gaps[i];
      const next = this.gaps[i + 1];
      if (gap && next && gap.at + gap.size === next.at) {
        gap.size += next.size;
        this.gaps.splice(i + 1, 1);
      }
    }
  }

  /** @throws RangeError if `bytes` more than now in use can never fit. */
  require(bytes: number, purpose: string): void {
    const total = this.bytesInUse + bytes;
    if (total > MEMORY_LIMIT) {
      throw new RangeError(
        `${purpose} needs at least ${total} bytes, but WebAssembly memory ends at ${MEMORY_LIMIT}: use a smaller image or tiles of it.`,
      );
    }
  }

  /** So many values of the memory as it is now: the view is void after the next allocation. */
  view<Values>(Kind: new (memory: ArrayBufferLike, at: number, length: number) => Values, at: number, length: number): Values {
    return new Kind(this.memory.buffer, at, length);
  }

  /** A block holding these numbers as u32. */
  words(numbers: ArrayLike<number>): number {
    const at = this.allocate(4 * numbers.length);
    this.view(Uint32Array, at, numbers.length).set(numbers);
    return at;
  }
}

function outOfMemory(bytes: number, cause?: unknown): RangeError {
  return new RangeError(
    `${bytes} bytes of WebAssembly memory are needed, more than this engine gives (at most ${MEMORY_LIMIT}): ` +
      'use a smaller image or tiles of it.',
    { cause },
  );
}
