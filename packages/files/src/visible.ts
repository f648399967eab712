/** Controls of terminals (C0, DEL, C1), marks that turn the direction of text, and line separators. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text in which nothing can act on a terminal: controls become escapes like `\u001b`, which mean the same inside JSON.
 *
 * @param keep characters that stay as they are, such as line ends.
 */
export function visible(text: string, keep = ''): string {
  return text.replace(invisible, character =>
    keep.includes(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
