// What Node.js and browsers have at run time, but TypeScript declares only with the whole DOM library, which the users of this package need not load.

/** A compiled module. */
export type WasmModule = object & { readonly __wasmModule?: never };

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A browser's worker. */
export interface BrowserWorker {
  postMessage(message: unknown, transfer: object[]): void;
  terminate(): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message: string }) => void) | null;
}

/** The scope of a browser's worker; in Node.js workers `postMessage` is missing. */
export interface BrowserWorkerScope {
  postMessage?(message: unknown, options: { transfer: object[] }): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

interface Platform extends BrowserWorkerScope {
  WebAssembly: {
    Memory: new (limits: { initial: number; maximum: number; shared?: boolean }) => WasmMemory;
    Instance: new (module: WasmModule, imports: object) => { exports: object };
    CompileError: new () => Error;
    compile(bytes: Uint8Array): Promise<WasmModule>;
    instantiate(module: WasmModule, imports: object): Promise<{ exports: object }>;
  };
  Worker: new (url: URL, options: { type: 'module' }) => BrowserWorker;
  navigator?: { hardwareConcurrency?: number };
}

export const platform = globalThis as unknown as Platform;
