import { createHash } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { sha256 } from './sha256.js';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.resetModules();
});

const parts = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.from({ length: 1000 }, (_, i) => i % 251)];
const expected = createHash('sha256').update(Buffer.concat(parts)).digest('hex');

it('is the hash of the parts together, by Node and by a browser', async () => {
  expect(await sha256([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(await sha256(parts)).toBe(expected);
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  vi.resetModules();
  expect(await (await import('./sha256.js')).sha256(parts)).toBe(expected);
});

it('says what an insecure page lacks', async () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  vi.stubGlobal('crypto', {});
  vi.resetModules();
  await expect((await import('./sha256.js')).sha256(parts)).rejects.toThrow('serve it over https or from localhost');
});
