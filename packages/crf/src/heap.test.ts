import { describe, expect, it } from 'vitest';
import { Heap, MEMORY_LIMIT } from './heap.js';

const newHeap = (maximum = 65536) => new Heap(new WebAssembly.Memory({ initial: 1, maximum }));

describe('Heap', () => {
  it('hands out aligned blocks that do not overlap and grows the memory', () => {
    const heap = newHeap();
    const [a, b, c] = [heap.allocate(1), heap.allocate(100_000), heap.allocate(64)];
    expect([a, b, c].map(at => at % 64)).toEqual([0, 0, 0]);
    expect(b).toBe(a + 64);
    expect(c).toBeGreaterThanOrEqual(b + 100_000);
    expect(heap.memory.buffer.byteLength).toBe(2 * 65536);
    expect(heap.bytesInUse).toBe(64 + 100_032 + 64);
  });

  it('uses freed blocks again, joined with their neighbors', () => {
    const heap = newHeap();
    const blocks = Array.from({ length: 6 }, () => heap.allocate(20_000));
    const size = heap.memory.buffer.byteLength;
    for (const i of [1, 4, 2, 0, 3, 5]) heap.free(blocks[i]!);
    expect(heap.bytesInUse).toBe(0);
    expect(heap.allocate(size - 64)).toBe(64);
    expect(heap.memory.buffer.byteLength).toBe(size);
  });

  it('says how many bytes are missing', () => {
    const heap = newHeap(2);
    heap.allocate(65536);
    expect(() => heap.allocate(65536)).toThrow('131072 bytes of WebAssembly memory are needed');
    expect(() => heap.require(MEMORY_LIMIT, 'An image')).toThrow(`An image needs at least ${MEMORY_LIMIT + 65536} bytes`);
  });

  it('refuses to free what is no block', () => {
    expect(() => newHeap().free(128)).toThrow('No block begins at 128.');
  });
});
