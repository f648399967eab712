import { bytesOf, Layout } from '@wsss/wasm-runtime';
import { wasm } from '../../build/pixels.js';
import type { Picture, Size } from '../dataset.js';

/** A picture in {@link PixelMemory}: rows of three bytes a pixel, `stride` bytes from one row to the next. */
export interface Frame extends Size {
  address: number;
  stride: number;
}

/** A step on a picture in memory; gives where the result is, which may be the same place. */
export type FrameStep = (memory: PixelMemory, frame: Frame) => Frame;

const pageSize = 65_536;
/** Kernels work on 16 bytes at a time and may reach that far beyond a buffer's end. */
const slack = 32;

/** The memory in which the compiled transforms work on pictures: buffers are taken one after another, and given back together. */
export class PixelMemory {
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
  private readonly layout: Layout;
  private readonly kernels: Record<string, (...values: number[]) => number>;
  private top = 4096;

  constructor() {
    const module = compiled();
    this.layout = new Layout(module, 'The build of @wsss/datasets');
    this.kernels = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports as typeof this.kernels;
  }

  /** Calls a function of assembly/index.ts. @throws Error unless each of its arguments has a value, and nothing else */
  call(name: string, values: Readonly<Record<string, number>>): number {
    return this.kernels[name]!(...this.layout.argumentsOf(name, values));
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

  /** Copies tables in. @returns their addresses by name */
  putTables(tables: Readonly<Record<string, Int32Array | Uint8Array | Float32Array>>): Record<string, number> {
    const put = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => {
      const address = this.take(byteLength);
      this.bytes(address, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
      return address;
    };
    return Object.fromEntries(Object.entries(tables).map(([name, values]) => [name, put(values)]));
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
const compiled = (): WebAssembly.Module => (module ??= new WebAssembly.Module(bytesOf(wasm)));

let own: PixelMemory | undefined;
/** The memory of this thread. */
export const pixelMemory = (): PixelMemory => (own ??= new PixelMemory());

/** A step that changes `count` pixels from the address `pixels` on where they are. */
export const inPlace =
  (change: (memory: PixelMemory, pixels: number, count: number) => void): FrameStep =>
  (memory, frame) => {
    change(memory, frame.address, frame.width * frame.height);
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
