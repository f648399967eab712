import { existsSync, readFileSync } from 'node:fs';
import type { Picture, Size } from '../dataset.js';

/** The functions of assembly/index.ts. Addresses and counts are whole numbers. */
interface Kernels {
  resizeRows(source: number, stride: number, target: number, width: number, rows: number, ...table: number[]): void;
  resizeColumns(source: number, stride: number, target: number, rows: number, from: number, ...table: number[]): void;
  blurRows(source: number, target: number, width: number, height: number, lines: number, reach: number, inner: number, outer: number): void;
  blurColumns(
    source: number,
    target: number,
    stride: number,
    height: number,
    sums: number,
    reach: number,
    inner: number,
    outer: number,
  ): void;
  blendWith(pixels: number, count: number, degenerate: number, factor: number): void;
  blendWithGray(pixels: number, count: number, factor: number): void;
  sumOfLumas(pixels: number, count: number): number;
  invertFrom(bytes: number, length: number, threshold: number): void;
  mirrorRows(source: number, target: number, width: number, height: number): void;
  turnHue(pixels: number, count: number, shift: number, ...tables: number[]): void;
}

/** A picture in {@link PixelMemory}: rows of three bytes a pixel, `stride` bytes from one row to the next. */
export interface Frame extends Size {
  address: number;
  stride: number;
}

/** A step on a picture in memory; gives where the result is, which may be the same place. */
export type FrameStep = (memory: PixelMemory, frame: Frame) => Frame;

const pageSize = 65_536;
const firstFree = 4096;
/** Kernels work on 16 bytes at a time and may reach that far beyond a buffer's end. */
const slack = 32;

/** The memory in which the compiled transforms work on pictures: buffers are taken one after another, and given back together. */
export class PixelMemory {
  readonly kernels: Kernels;
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  private top = firstFree;

  constructor() {
    const instance = new WebAssembly.Instance(compiled(), { env: { memory: this.memory, abort: () => {} } });
    this.kernels = instance.exports as unknown as Kernels;
  }

  /** Takes a buffer; its contents are whatever was there. @returns its address, a multiple of 16 */
  take(length: number): number {
    const address = this.top;
    this.top += Math.ceil((length + slack) / 16) * 16;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageSize));
    return address;
  }

  /** Runs some work and gives back all buffers that it took. */
  scope<T>(work: (memory: PixelMemory) => T): T {
    const top = this.top;
    try {
      return work(this);
    } finally {
      this.top = top;
    }
  }

  frame(width: number, height: number): Frame {
    return { address: this.take(width * height * 3), width, height, stride: width * 3 };
  }

  /** Copies plain numbers in. */
  put(values: Int32Array | Uint8Array | Float32Array): number {
    const address = this.take(values.byteLength);
    this.bytes(address, values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return address;
  }

  write({ width, height, data }: Picture): Frame {
    const frame = this.frame(width, height);
    this.bytes(frame.address, data.length).set(data);
    return frame;
  }

  read({ address, width, height }: Frame): Picture {
    return { width, height, data: this.bytes(address, width * height * 3).slice() };
  }

  /** A view that lasts until the next buffer is taken. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}

let module: WebAssembly.Module | undefined;
function compiled(): WebAssembly.Module {
  // build/ lies beside dist/, and two folders above this file in src/.
  const file = ['../build/pixels.wasm', '../../build/pixels.wasm'].map(path => new URL(path, import.meta.url)).find(url => existsSync(url));
  if (!file) throw new Error('build/pixels.wasm of @wsss/datasets is missing: run its build script, or install the package again');
  return (module ??= new WebAssembly.Module(readFileSync(file)));
}

let own: PixelMemory | undefined;
/** The memory of this thread. */
export const pixelMemory = (): PixelMemory => (own ??= new PixelMemory());

/** A step that changes a frame where it is. */
export const inPlace =
  (change: (kernels: Kernels, address: number, pixels: number) => void): FrameStep =>
  ({ kernels }, frame) => {
    change(kernels, frame.address, frame.width * frame.height);
    return frame;
  };

/** Takes a picture through steps in the compiled memory. */
export const throughSteps = (picture: Picture, ...steps: FrameStep[]): Picture =>
  pixelMemory().scope(memory => memory.read(steps.reduce((frame, step) => step(memory, frame), memory.write(picture))));

/** The function of pictures that takes one through a step. */
export const onPicture =
  <Settings extends unknown[]>(step: (...settings: Settings) => FrameStep) =>
  (picture: Picture, ...settings: Settings): Picture =>
    throughSteps(picture, step(...settings));
