import type { WasmMemory, WasmModule } from './platform.js';

/** Functions of assembly/ that a team of threads runs together; the last argument of each is the thread's number. */
export const TEAM_FUNCTIONS = ['start', 'iterate', 'pairwiseEnergy', 'filter'] as const;
export type TeamFunction = (typeof TEAM_FUNCTIONS)[number];

/** Words of a command to the team: its number, the function, how many arguments, the arguments. */
export const COMMAND_WORDS = 16;

/** What a thread is told when it starts. */
export interface ThreadTask {
  module: WasmModule;
  memory: WasmMemory;
  thread: number;
  /** Address of the command. */
  command: number;
}
