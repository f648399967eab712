import type { Output } from './c-api.js';

/** A part of a graph that runs in one call: its operations, what it takes from outside of them, and what others want of it. */
export interface Segment {
  operations: number[];
  inputs: Output[];
  outputs: Output[];
}

/** Names an output of a node in a map. */
export const outputKey = ({ oper, index }: Output): string => `${oper}:${index}`;

/**
 * Divides a graph that is being recorded at the points where JavaScript has to compute something in between. What a later segment uses
 * of an earlier one becomes an output there and an input here; constants are repeated in each segment that uses them.
 */
export class Segments {
  private readonly parts: { operations: number[]; inputs: Map<string, Output>; constants: Set<number>; outputs: Map<string, Output> }[] =
    [];
  /** Segment of each operation; none for placeholders. */
  private readonly segmentOf = new Map<number, number>();
  private readonly constants = new Map<number, readonly Output[]>();

  constructor() {
    this.cut();
  }

  /** Operations of the current segment, without constants. */
  get current(): readonly number[] {
    return this.parts.at(-1)!.operations;
  }

  /** Begins a new segment. */
  cut(): void {
    this.parts.push({ operations: [], inputs: new Map(), constants: new Set(), outputs: new Map() });
  }

  /** A node of the current segment. */
  add(oper: number, inputs: readonly Output[]): void {
    for (const input of inputs) this.use(input);
    this.segmentOf.set(oper, this.parts.length - 1);
    this.parts.at(-1)!.operations.push(oper);
  }

  /** A node that belongs to whichever segment uses it; so must its inputs. */
  addConstant(oper: number, inputs: readonly Output[] = []): void {
    this.constants.set(oper, inputs);
  }

  /** The current segment uses an output of a node, of an earlier segment perhaps. */
  use(output: Output): void {
    const part = this.parts.at(-1)!;
    if (this.constants.has(output.oper)) {
      if (part.constants.has(output.oper)) return;
      for (const input of this.constants.get(output.oper)!) this.use(input);
      part.constants.add(output.oper);
      return;
    }
    const origin = this.segmentOf.get(output.oper);
    if (origin === this.parts.length - 1) return;
    part.inputs.set(outputKey(output), output);
    if (origin !== undefined) this.parts[origin]!.outputs.set(outputKey(output), output);
  }

  /** An output is wanted from outside: of the segment that computes it, or of the current one if it is an argument or a constant. */
  want(output: Output): void {
    const origin = this.segmentOf.get(output.oper);
    if (origin === undefined) this.use(output);
    this.parts[origin ?? this.parts.length - 1]!.outputs.set(outputKey(output), output);
  }

  /** The segments in the order in which they run. */
  finish(): Segment[] {
    return this.parts.map(({ operations, constants, inputs, outputs }) => ({
      operations: [...constants, ...operations],
      inputs: [...inputs.values()],
      outputs: [...outputs.values()],
    }));
  }
}
