import type { Refuse } from '../file-format-error.js';
import { OpaqueObject } from './opaque.js';

const MARK_LIMIT = 10_000;
const VALUE_LIMIT = 1_000_000;

/** The memory of the machine that a pickle is a program for: a stack of values with marks in it, and a memo of values to come back to. */
export class PickleStack {
  private readonly values: unknown[] = [];
  private readonly marks: number[] = []; // heights of the stack
  private readonly memo: unknown[] = [];
  private left: number;

  /**
   * @param memory bytes that values may take, as {@link spend} counts them.
   * @param position where the program is, for errors.
   */
  constructor(
    private readonly memory: number,
    private readonly position: () => number,
    private readonly refuse: Refuse,
  ) {
    this.left = memory;
  }

  /** Accounts for memory, in bytes, before it is taken. */
  spend(bytes: number): void {
    this.left -= bytes;
    if (!(this.left >= 0)) this.refuse(`its values need more than ${Math.round(this.memory / 2 ** 20)} MiB of memory`);
  }

  push(value: unknown, bytes = 0): void {
    this.spend(bytes);
    if (this.values.length >= VALUE_LIMIT) this.refuse(`it keeps more than ${VALUE_LIMIT} values waiting`);
    this.values.push(value);
  }

  pushList(items: unknown[]): void {
    this.push(items, 48 + 8 * items.length);
  }

  pushText(text: string): void {
    this.push(text, 24 + 2 * text.length);
  }

  mark(): void {
    if (this.marks.length >= MARK_LIMIT) this.refuse(`it opens more than ${MARK_LIMIT} lists`);
    this.marks.push(this.values.length);
  }

  /** Drops the topmost value or mark. */
  pop(): void {
    if (this.values.length === this.marks.at(-1)) this.marks.pop();
    else this.take(1);
  }

  /** Removes the `count` topmost values, which must lie above the last mark. */
  take(count: number): unknown[] {
    if (this.values.length - (this.marks.at(-1) ?? 0) < count) this.refuse(`at byte ${this.position()} it takes a value that is not there`);
    return this.values.splice(this.values.length - count);
  }

  /** Removes the last mark and the values above it. */
  takeMarked(): unknown[] {
    return this.values.splice(this.marks.pop() ?? this.refuse(`at byte ${this.position()} it closes what it did not open`));
  }

  top(): unknown {
    if (this.values.length <= (this.marks.at(-1) ?? 0)) this.refuse(`at byte ${this.position()} it uses a value that is not there`);
    return this.values.at(-1);
  }

  /** Adds to the list on top. What is added to an opaque object is dropped. */
  append(items: unknown[]): void {
    const top = this.top();
    if (top instanceof OpaqueObject) return;
    const list = Array.isArray(top) ? top : this.refuse('it appends to what is no list');
    this.spend(8 * items.length);
    for (const item of items) list.push(item);
  }

  /** Adds keys and values, by turns, to the dict on top. */
  setItems(items: unknown[]): void {
    const top = this.top();
    if (top instanceof OpaqueObject) return;
    this.spend(40 * items.length);
    const dict = top instanceof Map && items.length % 2 === 0 ? top : this.refuse('it puts items into what is no dict');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  /** Stores the topmost value under a number, by default the next one. */
  put(index = this.memo.length): void {
    if (index > this.memo.length) this.refuse(`it stores number ${index} in a memo of ${this.memo.length}`);
    if (index === this.memo.length) this.spend(16);
    this.memo[index] = this.top();
  }

  /** Pushes the value that was stored under a number. */
  get(index: number): void {
    this.push(index < this.memo.length ? this.memo[index] : this.refuse(`it recalls number ${index}, which it never stored`));
  }
}
