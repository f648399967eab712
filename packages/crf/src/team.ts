/** Words of a command to a team of threads: its number, the number of the function, how many arguments, the arguments. */
export const COMMAND_WORDS = 16;

/** What a thread is told when it starts. */
export interface ThreadTask {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  thread: number;
  /** Address of the command. */
  command: number;
}

/** Functions of assembly/index.ts, which layouts list in this order, with arguments in theirs. Addresses and counts are i32. */
export type LatticeExports = Record<string, (...parameters: number[]) => number>;
