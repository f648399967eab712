import { afterEach, expect, it, vi } from 'vitest';
import { keep, kept, QuotaError } from './storage.js';

/** The file system of a browser that has so many bytes left, as far as it is asked here. */
function fileSystem(room: { bytes: number }) {
  const files = new Map<string, Uint8Array>();
  const named = (error: string) => Object.assign(new Error(error), { name: error });
  const folder = {
    getDirectoryHandle: async () => folder,
    getFileHandle: async (name: string, options?: { create: boolean }) => {
      if (!options?.create && !files.has(name)) throw named('NotFoundError');
      if (room.bytes <= 0) throw named('QuotaExceededError');
      return {
        getFile: async () => new Blob([files.get(name)! as BlobPart]),
        createWritable: async () => {
          let written = new Uint8Array();
          return {
            write: async (content: Uint8Array | string) => {
              written = Uint8Array.from(typeof content === 'string' ? new TextEncoder().encode(content) : content);
              if (written.length > room.bytes) throw named('QuotaExceededError');
            },
            close: async () => files.set(name, written),
            abort: async () => {},
          };
        },
      };
    },
  };
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => folder } });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it('keeps what fits, and what was there before where something does not', async () => {
  const room = { bytes: 10 };
  fileSystem(room);
  await keep('a', Uint8Array.of(1, 2, 3));
  await expect(keep('a', new Uint8Array(11))).rejects.toThrow(QuotaError);
  expect(await kept('a')).toEqual(Uint8Array.of(1, 2, 3));
  expect(await kept('b')).toBeUndefined();
  room.bytes = 0;
  await expect(keep('c', 'text')).rejects.toThrow('c could not be kept: the browser gives this page no more room.');
});
