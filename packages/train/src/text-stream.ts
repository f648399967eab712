/** Where text for people goes: `process.stderr`, or anything that can be written to. Standard output stays free for results. */
export interface TextStream {
  write(text: string): unknown;
  /** Whether this is a terminal, on which a line can be redrawn. */
  isTTY?: boolean;
  /** Width of the terminal in characters. */
  columns?: number;
}
