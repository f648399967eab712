import type { Engine } from '../engine.js';

/**
 * The engines of a browser: the GPU; WebAssembly with the kernels of @wsss/wasm-kernels on several threads or on one; plain JavaScript.
 */
export const browserEngineNames = ['webgpu', 'wasm-threads', 'wasm', 'cpu'] as const;

export type BrowserEngineName = (typeof browserEngineNames)[number];

/** A running TensorFlow.js engine. */
export interface BrowserEngine extends Omit<Engine, 'name'> {
  readonly name: BrowserEngineName;
}

export interface BrowserEngineOptions {
  /** Default `auto`: the running engine, else wasm-threads where the page is cross-origin isolated, else wasm. */
  engine?: 'auto' | BrowserEngineName;
  /** Threads of wasm-threads, at least 2. Default: the logical cores. */
  threads?: number;
}
