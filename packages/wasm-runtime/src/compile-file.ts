import { Layout } from './layout.js';

/**
 * Compiles a file of a package's build folder.
 *
 * @param owner the package, for errors.
 * @throws Error if the file cannot be read or fetched or is of an older build, CompileError if this engine lacks instructions that it uses.
 */
export async function compileFile(url: URL, owner: string): Promise<WebAssembly.Module> {
  const module = await WebAssembly.compile(await readBytes(url, owner));
  new Layout(module, `${url.pathname} of ${owner}`); // refuses an older build while the file's name is known
  return module;
}

async function readBytes(url: URL, owner: string): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    try {
      return new Uint8Array(await readFile(url));
    } catch (cause) {
      throw new Error(`${url.pathname} cannot be read: run the build script of ${owner}, or install the package again.`, { cause });
    }
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(
      `${url.href} answered ${response.status} ${response.statusText}: serve the build folder of ${owner} beside its dist folder.`,
    );
  return new Uint8Array(await response.arrayBuffer());
}
