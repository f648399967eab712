import { parseJson, readFileSync, reasonOf } from '@wsss/files';

/** Reads a JSON file. @throws Error naming the file when it is missing or malformed. */
export function readJson(file: string, what: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${what}: ${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  return parseJson(text, `${what}: ${file}`);
}
