/**
 * The bytes of a file of any size, in Node; its own `readFile` ends at 2 GiB.
 *
 * @throws Error saying why it cannot be read, without the file's name; its `cause` is the system's error.
 */
export async function readWholeFile(file: string): Promise<Uint8Array> {
  // Taken this way, Node's fs is no import that a program for browsers would have to resolve.
  const { open, constants } = process.getBuiltinModule('node:fs/promises');
  try {
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // a pipe is not waited for
    try {
      const found = await handle.stat();
      if (!found.isFile() && !found.isDirectory()) throw new Error('it is a pipe or a device, and a file is expected');
      const { size } = found;
      const bytes = new Uint8Array(size);
      for (let read = 0; read < size; ) {
        const { bytesRead } = await handle.read(bytes, read, Math.min(size - read, 2 ** 26), read);
        if (bytesRead === 0) throw new Error(`it ended after ${read} of ${size} bytes`);
        read += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message, { cause: error });
  }
}
