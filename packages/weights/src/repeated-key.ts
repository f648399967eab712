/** The first key that an object in a valid JSON text has twice, if any. `JSON.parse` passes over it: there the last one wins. */
export function repeatedKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // keys of the objects, nothing for the lists, that the position is inside of
  let last = ''; // the latest string, in its quotes
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      let end = at + 1;
      while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      last = text.slice(at, end + 1);
      at = end;
    } else if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    else if (character === ':') {
      const key = JSON.parse(last) as string;
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
