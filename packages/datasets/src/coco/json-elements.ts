import { closeSync, fstatSync, readSync } from 'node:fs';
import { openFileSync } from '@wsss/files';
import { lfsPointer, whyUnreadable } from '../read-file.js';

/** An element of one of the lists of a JSON file. */
export interface JsonElement {
  /** Name of the list. */
  list: string;
  index: number;
  /** Where its text begins in the file, and how long it is, in bytes. */
  start: number;
  length: number;
  value: unknown;
}

/**
 * Reads a JSON file of the form `{ "name": [element, …], … }` piece by piece: the elements of the wanted lists, one after another,
 * however large the file is; other values are passed over. Memory is needed for one element at a time.
 *
 * @param wanted names of the lists to read
 * @param onList told the name of each wanted list when it begins, even if it is empty
 * @throws Error naming the file, and the byte where it is malformed or ends too early
 */
export function* jsonElements(
  path: string,
  wanted: readonly string[],
  onList?: (name: string) => void,
): Generator<JsonElement, void, undefined> {
  const reader = new JsonReader(path);
  try {
    reader.expect('{', 'a JSON object');
    if (reader.take('}')) return;
    do {
      const list = reader.key();
      reader.expect(':', `":" after ${JSON.stringify(list)}`);
      if (!wanted.includes(list)) {
        reader.skipValue(JSON.stringify(list));
        continue;
      }
      onList?.(list);
      reader.expect('[', `${JSON.stringify(list)} to be a list, which begins with "["`);
      if (reader.take(']')) continue;
      let index = 0;
      do yield { list, index, ...reader.value(`${list}[${index++}]`) };
      while (reader.take(','));
      reader.expect(']', `"," or "]" after ${list}[${index - 1}]`);
    } while (reader.take(','));
    reader.expect('}', '"," or "}"');
    reader.expectEnd();
  } finally {
    reader.close();
  }
}

/** A name at the top of a JSON file, and its value if that is read before the next name is asked for. */
export interface JsonName {
  /** `[]` for the first element of a list. */
  name: string;
  /** The character that the value begins with. */
  opens: string;
  read(): unknown;
}

/**
 * The names at the top of a JSON object, one after another, so that a large file need not be read to its end; or what a list begins with.
 *
 * @throws Error like {@link jsonElements}
 */
export function* jsonNames(path: string): Generator<JsonName, void, undefined> {
  const reader = new JsonReader(path);
  try {
    if (reader.take('[')) {
      if (reader.opens() !== ']') yield { name: '[]', opens: reader.opens(), read: () => reader.value('the first element').value };
      return;
    }
    reader.expect('{', 'a JSON object or list');
    if (reader.take('}')) return;
    do {
      const name = reader.key();
      reader.expect(':', `":" after ${JSON.stringify(name)}`);
      let passed = false;
      const read = () => {
        passed = true;
        return reader.value(JSON.stringify(name)).value;
      };
      yield { name, opens: reader.opens(), read };
      if (!passed) reader.skipValue(JSON.stringify(name));
    } while (reader.take(','));
  } finally {
    reader.close();
  }
}

const code = (character: string) => character.charCodeAt(0);
const [quote, backslash, comma] = [code('"'), code('\\'), code(',')];
const [openBrace, closeBrace, openBracket, closeBracket] = [code('{'), code('}'), code('['), code(']')];
const isSpace = (byte: number) => byte === 32 || byte === 10 || byte === 13 || byte === 9;

/** A value of a text with the words NaN and Infinity, which Python writes and JSON does not have, as null; undefined if it has none. */
function withoutNaN(text: string): unknown {
  let found = false;
  const replaced = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, match => {
    if (match.startsWith('"')) return match;
    found = true;
    return 'null';
  });
  try {
    return found ? JSON.parse(replaced) : undefined;
  } catch {
    return undefined;
  }
}

/** A place in a JSON file, with a window of its bytes in memory. */
class JsonReader {
  private readonly file: number;
  private buffer = Buffer.allocUnsafe(1 << 20);
  /** Bytes in the buffer, the next of them to read, and where in the file the first of them is. */
  private filled = 0;
  private at = 0;
  private offset = 0;
  /** From here on bytes are kept, if not −1. */
  private mark = -1;

  constructor(private readonly path: string) {
    try {
      this.file = openFileSync(path);
    } catch (error) {
      throw new Error(`cannot read ${path}: ${whyUnreadable(error)}`, { cause: error });
    }
    this.more();
    const pointer = lfsPointer(this.buffer.subarray(0, this.filled));
    if (pointer || this.filled === 0) {
      this.close();
      throw new Error(`cannot read ${path}: ${pointer ?? 'the file is empty'}`);
    }
    const start = this.buffer.subarray(0, Math.min(3, this.filled));
    if (start.equals(Buffer.of(0xef, 0xbb, 0xbf))) this.at = 3;
    if (start.includes(0) || (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)) {
      this.close();
      throw new Error(`cannot read ${path}: it is in UTF-16; save it in UTF-8, as JSON is`);
    }
  }

  close(): void {
    closeSync(this.file);
  }

  /** Goes on if the next character is this one. */
  take(character: string): boolean {
    if (this.peek() !== code(character)) return false;
    this.at++;
    return true;
  }

  expect(character: string, what: string): void {
    if (!this.take(character)) throw this.malformed(`expected ${what}`);
  }

  /** The character that the next value begins with; empty at the end. */
  opens(): string {
    const next = this.peek();
    return next === -1 ? '' : String.fromCharCode(next);
  }

  expectEnd(): void {
    if (this.peek() !== -1) throw this.malformed('expected the end of the file');
  }

  key(): string {
    if (this.peek() !== quote) throw this.malformed('expected a name in quotes');
    return this.value('a name').value as string;
  }

  /** Parses the next value. */
  value(what: string): { start: number; length: number; value: unknown } {
    this.peek();
    this.mark = this.at;
    this.skipValue(what);
    const bytes = this.buffer.subarray(this.mark, this.at);
    const start = this.offset + this.mark;
    this.mark = -1;
    const text = bytes.toString();
    try {
      return { start, length: bytes.length, value: JSON.parse(text) };
    } catch (error) {
      const value = withoutNaN(text);
      if (value !== undefined) return { start, length: bytes.length, value };
      const { message } = error as Error;
      const position = / in JSON at position (\d+)/.exec(message); // counted in characters of this text; not always told
      const place = position
        ? `at byte ${start + Buffer.byteLength(text.slice(0, Number(position[1])))}, in ${what}`
        : `in ${what}, which begins at byte ${start}`;
      throw new Error(`${this.path} is malformed ${place}: ${position ? message.slice(0, position.index) : message}`, { cause: error });
    }
  }

  /** Passes over the next value: to the bracket that closes it, to the end of a string, or to what ends a number or word. */
  skipValue(what: string): void {
    const first = this.peek();
    if (first === quote) this.skipString(what);
    else if (first === openBrace || first === openBracket) this.skipNested(what);
    else {
      const start = this.offset + this.at;
      while (this.at < this.filled || this.more()) {
        const byte = this.buffer[this.at]!;
        if (byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)) break;
        this.at++;
      }
      if (this.offset + this.at === start) throw this.malformed(`expected ${what}`);
    }
  }

  private skipNested(what: string): void {
    let depth = 0;
    while (this.at < this.filled || this.more()) {
      const byte = this.buffer[this.at]!;
      if (byte === quote) this.skipString(what);
      else {
        this.at++;
        if (byte === openBrace || byte === openBracket) depth++;
        else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return;
      }
    }
    throw this.truncated(what);
  }

  private skipString(what: string): void {
    this.at++;
    while (this.at < this.filled || this.more()) {
      const byte = this.buffer[this.at++]!;
      if (byte === quote) return;
      if (byte === backslash && (this.at < this.filled || this.more())) this.at++;
    }
    throw this.truncated(what);
  }

  /** The next byte that is no white space, −1 at the end. */
  private peek(): number {
    while (this.at < this.filled || this.more()) {
      const byte = this.buffer[this.at]!;
      if (!isSpace(byte)) return byte;
      this.at++;
    }
    return -1;
  }

  /** Reads on into the window; false at the end of the file. */
  private more(): boolean {
    const keep = this.mark < 0 ? this.at : this.mark;
    const kept = this.filled - keep;
    const target = kept > this.buffer.length / 2 ? Buffer.allocUnsafe(this.buffer.length * 2) : this.buffer;
    this.buffer.copy(target, 0, keep, this.filled);
    this.buffer = target;
    this.offset += keep;
    this.at -= keep;
    this.mark = Math.min(this.mark, 0);
    const count = readSync(this.file, target, kept, target.length - kept, null);
    this.filled = kept + count;
    return count > 0;
  }

  private malformed(expected: string): Error {
    const next = this.peek();
    if (next === -1) return this.truncated(expected);
    return new Error(
      `${this.path} is malformed at byte ${this.offset + this.at}: ${expected}, found ${JSON.stringify(String.fromCharCode(next))}`,
    );
  }

  private truncated(what: string): Error {
    const size = fstatSync(this.file).size;
    const where = what.startsWith('expected') ? `where it was ${what}` : `inside ${what}`;
    return new Error(`${this.path} ends at byte ${size}, ${where}: it is truncated; copy or download it again`);
  }
}
