import { Layout } from './layout.js';

/**
 * Compiles what scripts/build-wasm.mjs has written as text.
 *
 * @param name names the module in errors.
 * @throws Error if it is of an older build, CompileError if this engine lacks instructions that it uses.
 */
export async function compileText(wasm: string, name: string): Promise<WebAssembly.Module> {
  const module = await WebAssembly.compile(bytesOf(wasm));
  new Layout(module, name); // refuses an older build while its name is known
  return module;
}

/** The bytes of a text in base64. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
