import { readFileSync } from 'node:fs';

/** Reads a JSON file. @throws Error naming the file when it is missing or malformed. */
export function readJson(file: string, what: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${what}: ${file} cannot be read`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${what}: ${file} is not JSON (${(error as Error).message})`);
  }
}
