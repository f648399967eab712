import { describe, expect, it } from 'vitest';
import { encodeConfig } from './config-proto.js';

describe('encodeConfig', () => {
  it('encodes threads, memory growth and soft placement', () => {
    expect([...encodeConfig({ threads: 2, gpu: true })]).toEqual([0x10, 2, 0x28, 2, 0x32, 2, 0x20, 1, 0x38, 1]);
  });

  it('encodes numbers above 127 in two bytes', () => {
    expect([...encodeConfig({ threads: 192, gpu: true })].slice(0, 3)).toEqual([0x10, 0xc0, 1]);
  });

  it('hides GPUs by setting their count to 0', () => {
    expect([...encodeConfig({ threads: 1, gpu: false })].slice(0, 9)).toEqual([0x0a, 7, 0x0a, 3, 0x47, 0x50, 0x55, 0x10, 0]);
  });
});
