import { accessSync, closeSync, constants, existsSync, lstatSync, mkdtempSync, readSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { makeFolder, openFileSync, readFileSync, reasonOf, retryIfGone } from '@wsss/files';

/** What a command writes, and what it must leave alone. */
export interface Outputs {
  /** Files and folders that the command reads. They are never replaced. */
  inputs: readonly (string | undefined)[];
  /** Replace what other programs wrote. */
  force?: boolean;
}

/** Bytes of a file that are looked at to find out who wrote it. */
const headBytes = 65_536;

/** Whether the beginning of a file says that this program wrote it. */
export const isOwnPage = (head: string) => head.startsWith('<!doctype html>') && head.includes('<meta name="generator" content="mcc">');
/** Exported weights say so: safetensors in the format of PyTorch with our metadata, ONNX by who produced it. */
export const isOwnExport = (head: string) =>
  (head.includes('"format":"pt"') && head.includes('"normalization":')) || head.slice(2, 8) === '\u0012\u0004wsss';
export const isOwnConversion = (head: string) => head.includes('"converted_from"');

/**
 * Makes sure, before anything is computed, that a file may be written: its folder is there or can be made, and a file of the name may be
 * replaced, because this command wrote it or because of `--force`.
 *
 * @param isOwn whether the beginning of a file, as latin1, is that of what the command writes.
 * @throws Error saying what is in the way.
 */
export function claimFile(option: string, file: string, { inputs, force }: Outputs, isOwn: (head: string) => boolean): void {
  try {
    requireWritable(dirname(file));
  } catch (error) {
    throw new Error(`${option}: ${file} could not be written: ${inFolder(error)}; choose another place`, { cause: error });
  }
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (!there) return;
  if (there.isDirectory()) throw new Error(`${option}: ${file} could not be written: it is a folder; give the name of a file`);
  const read = inputs.find(input => input !== undefined && isSame(input, file));
  if (read) throw new Error(`${option}: ${file} is what is read (${read}); it is not replaced. Choose another name`);
  if (!there.isSymbolicLink() && !there.isFile()) throw new Error(`${option}: ${file} is no plain file; choose another name`);
  if (isOwn(headOf(file))) return;
  const around = inputs.find(input => input !== undefined && isInside(file, input));
  if (around) throw new Error(`${option}: ${file} belongs to ${around}, which is read; it is not replaced. Choose another name`);
  if (!force)
    throw new Error(`${option}: ${file} is there, and this command did not write it; choose another name, or replace it by --force`);
}

/** How to find out whether results in a folder are those of a command. */
export interface OwnResults {
  /** What it is called in locks: `mcc predict`. */
  command: string;
  /** Names in the folder that it writes. */
  writes: readonly string[];
  /** Files that it writes at the end, and what their JSON holds. */
  results: Readonly<Record<string, (found: Record<string, unknown>) => boolean>>;
}

/**
 * Makes sure, before anything is computed, that there can be a folder of results, and that nothing in it is replaced which the command did
 * not write.
 *
 * @throws Error naming the folder if it cannot be made or written, or what is in the way.
 */
export function claimFolder(folder: string, { inputs, force }: Outputs, { command, writes, results }: OwnResults): void {
  try {
    requireWritable(folder);
  } catch (error) {
    throw new Error(`--out: nothing can be written to ${folder}: ${inFolder(error)}; choose another folder`, { cause: error });
  }
  const present = writes.map(name => join(folder, name)).filter(path => lstatSync(path, { throwIfNoEntry: false }));
  for (const input of inputs) {
    const into = input !== undefined && present.find(path => isInside(input, path));
    if (into) throw new Error(`--out: the results would go into ${into}, which is read (${input}); choose another folder`);
  }
  if (
    !present.length ||
    isUnfinished(folder, command) ||
    Object.entries(results).some(([name, isOwn]) => isOwn(jsonOf(join(folder, name))))
  )
    return;
  const around = inputs.find(input => input !== undefined && isInside(present[0]!, input));
  if (around && !isSame(dirname(around), folder))
    throw new Error(`--out: ${present[0]} belongs to ${around}, which is read; it is not replaced. Choose another folder`);
  if (!force)
    throw new Error(`--out: ${present[0]} is there, and this command did not write it; choose another folder, or replace it by --force`);
}

/** @throws the system's error if a folder is not writable and cannot be made. Other processes may make and remove it meanwhile. */
const requireWritable = (folder: string) => retryIfGone(() => tryToWrite(resolve(folder)));

/** A missing folder is made under another name, since a process that wants it just now would find it, and miss it later. */
function tryToWrite(path: string): void {
  let there = path;
  while (!lstatSync(there, { throwIfNoEntry: false }) && dirname(there) !== there) there = dirname(there);
  if (there === path) {
    accessSync(`${path}${sep}`, constants.W_OK);
    return;
  }
  const probe = mkdtempSync(join(there, '.mcc-'));
  try {
    makeFolder(join(probe, relative(there, path)));
  } finally {
    rmSync(probe, { recursive: true });
  }
}

/** Whether the command was stopped before its end: its lock or its journal is there. */
function isUnfinished(folder: string, command: string): boolean {
  return (
    jsonOf(join(folder, 'run.lock')).doing === command ||
    headIfThere(join(folder, 'progress.jsonl')).startsWith('{"journal":"wsss-journal-1"')
  );
}

function inFolder(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'there is a file of that name';
  return code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? 'it is not writable' : reasonOf(error);
}

const headIfThere = (file: string) => (existsSync(file) && lstatSync(file).isFile() ? headOf(file) : '');

function headOf(file: string): string {
  const descriptor = openFileSync(file);
  try {
    const bytes = Buffer.alloc(headBytes);
    return bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, headBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

function jsonOf(file: string): Record<string, unknown> {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

/** Whether two paths lead to one file or folder. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map(path => (existsSync(path) ? realpathSync(path) : undefined));
  return a !== undefined && a === b;
}

/** Whether a path is a folder or file, or lies below it. */
function isInside(path: string, folder: string): boolean {
  if (!existsSync(path) || !existsSync(folder)) return false;
  const [real, top] = [realpathSync(path), realpathSync(folder)];
  return real === top || real.startsWith(top.endsWith(sep) ? top : top + sep);
}
