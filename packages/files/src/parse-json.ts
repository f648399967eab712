/** No file of ours is nested deeper than 12; functions that call themselves hold far more than this. */
const deepest = 200;

/**
 * Reads JSON text of a file.
 *
 * @param source what errors call it, usually the file's path.
 * @throws Error naming the source if it is empty, cut, malformed, or nested more than 200 deep.
 */
export function parseJson(text: string, source: string): unknown {
  if (!text.trim()) throw new Error(`${source} is empty, expected JSON`);
  if (nesting(text) > deepest) throw new Error(`${source} is nested more than ${deepest} deep; no file of this program is`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${source} is not JSON: ${whatIsWrong((error as Error).message, text)}`, { cause: error });
  }
}

/** How deep lists and objects lie in one another. */
function nesting(text: string): number {
  let depth = 0;
  let most = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
    } else if (character === '{' || character === '[') most = Math.max(most, ++depth);
    else if (character === '}' || character === ']') depth--;
    if (most > deepest) return most;
  }
  return most;
}

/** In words, with the line where JavaScript tells the place. */
function whatIsWrong(message: string, text: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  if (/end of JSON|Unterminated/.test(message) || Number(position) >= text.trimEnd().length) return 'it ends too early (was it cut?)';
  if (position === undefined) return 'there is a mistake in it';
  const before = text.slice(0, Number(position)).split('\n');
  return `line ${before.length}, character ${before.at(-1)!.length + 1} is not what is expected there`;
}
