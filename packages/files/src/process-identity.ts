import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process this is, so that another one can find out whether it is still there. What a system does not tell is null. */
export interface ProcessIdentity {
  host: string;
  /** The start of the machine, and the space of process numbers (a container has its own). */
  boot: string | null;
  space: string | null;
  pid: number;
  /** When it began, by the system's count; another process may get its number later. */
  began: string | null;
}

export function thisProcess(): ProcessIdentity {
  return { host: hostname(), boot: bootOf(), space: spaceOf(), pid: process.pid, began: stateOf(process.pid)?.began ?? null };
}

/** Whether a process is still there; undefined where that cannot be told from here, as of one on another machine. */
export function isRunning(other: ProcessIdentity): boolean | undefined {
  if (other.host !== hostname()) return undefined;
  if (other.boot !== null && bootOf() !== null && other.boot !== bootOf()) return false; // the machine was started again
  if (other.space !== spaceOf()) return undefined;
  const state = stateOf(other.pid);
  if (state) return state.letter !== 'Z' && state.letter !== 'X' && (other.began === null || state.began === other.began);
  try {
    process.kill(other.pid, 0);
    return true; // without /proc, a process of the number is taken for it
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const bootOf = () => read('/proc/sys/kernel/random/boot_id');

function spaceOf(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/** The letter of a process's state, and when it began. Its name, in parentheses, may hold anything. */
function stateOf(pid: number): { letter: string; began: string } | undefined {
  const text = read(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields && fields.length > 19 ? { letter: fields[0]!, began: fields[19]! } : undefined;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}
