/** Files that this page keeps from one visit to the next, in the origin-private file system. They do not leave the machine. */
const root = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('run', { create: true });

/** A full disk, or what the browser allows a page of it. */
export class QuotaError extends Error {
  override name = 'QuotaError';
}

/** Writes a file whole: the one before stays until the new one is there. @throws QuotaError if there is no room */
export async function keep(name: string, content: Uint8Array | string): Promise<void> {
  let writable: FileSystemWritableFileStream | undefined;
  try {
    const file = await (await root()).getFileHandle(name, { create: true });
    writable = await file.createWritable(); // into a copy, which takes the place of the file when it is closed
    await writable.write(content as FileSystemWriteChunkType);
    await writable.close();
  } catch (error) {
    await writable?.abort().catch(() => {});
    if ((error as Error).name !== 'QuotaExceededError') throw error;
    throw new QuotaError(
      `${name} could not be kept: the browser gives this page no more room. Free some of the disk, or clear old site data.`,
    );
  }
}

/** What was kept under a name; undefined if nothing was. */
export async function kept(name: string): Promise<Uint8Array | undefined> {
  try {
    const file = await (await (await root()).getFileHandle(name)).getFile();
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if ((error as Error).name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** Forgets the names that a condition holds for. */
export async function forget(wanted: (name: string) => boolean = () => true): Promise<void> {
  const folder = await root();
  const names: string[] = [];
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) if (wanted(name)) names.push(name);
  for (const name of names) await folder.removeEntry(name);
}
