/** An element of an XML document. */
export interface XmlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  /** All text directly inside, without the spaces around it. */
  text: string;
  children: XmlElement[];
  /** Line of its start tag, counted from 1. */
  line: number;
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const mostNested = 64;
const startTag = /<([^\s<>/!?]+)((?:[^<>"']|"[^"]*"|'[^']*')*?)(\/?)>/.source;
// Its declarations are passed over, with what may be in quotes or comments in them.
const documentType = /<!DOCTYPE(?:[^<>[\]"']|"[^"]*"|'[^']*')*(?:\[(?:[^\]"'<]|"[^"]*"|'[^']*'|<!--[\s\S]*?-->|<)*\]\s*)?>/.source;
// comment | CDATA | document type | declaration, instruction | end tag | start tag | text | a < that begins nothing
const tokens = new RegExp(
  String.raw`<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|${documentType}|<[?!][^<>]*>|<\/([^\s<>/]+)\s*>|${startTag}|([^<]+)|<`,
  'gy',
);

/**
 * Reads the elements, attributes and texts of an XML document, as annotation files use them. Comments, processing instructions and the
 * document type are passed over; entities are the five of XML and character numbers, so nothing is ever fetched or expanded.
 *
 * @returns the root element
 * @throws Error with the line, as a sentence that goes on after the file's name
 */
export function readXml(text: string): XmlElement {
  const top: XmlElement = { name: '', attributes: none, text: '', children: [], line: 1 };
  const open = [top];
  let line = 1;
  const fail = (reason: string) => new Error(`line ${line}: ${reason}`);
  const plain = (words: string) =>
    words.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (_, entity: string) => {
      const text = character(entity);
      if (text === undefined) throw fail(`the entity &${entity}; is not one of XML's five; write the text itself in its place`);
      return text;
    });
  for (const [token, data, end, start, attributes, empty, words] of text.replace(/^\uFEFF/, '').matchAll(tokens)) {
    const current = open.at(-1)!;
    if (token === '<') throw fail('a tag is damaged, or the file truncated');
    if (start !== undefined) {
      const element: XmlElement = { name: start, attributes: attributesIn(attributes!, plain), text: '', children: [], line };
      current.children.push(element);
      if (!empty) open.push(element);
      if (open.length > mostNested) throw fail('elements are nested too deeply');
    } else if (end !== undefined) {
      if (current.name !== end || open.length === 1)
        throw fail(`</${end}> ends no open element${current.name && `, <${current.name}> is open`}`);
      current.text = current.text.trim();
      open.pop();
    } else if (data !== undefined) current.text += data;
    else if (words !== undefined) {
      if (open.length === 1 && words.trim()) throw fail('text outside the root element; this is no XML');
      current.text += plain(words);
    }
    for (let i = token.indexOf('\n'); i >= 0; i = token.indexOf('\n', i + 1)) line++;
  }
  if (open.length > 1) throw fail(`the file ends within <${open.at(-1)!.name}> of line ${open.at(-1)!.line}; it is truncated`);
  if (top.children.length !== 1) throw fail(`expected one root element, found ${top.children.length}`);
  return top.children[0]!;
}

const none: ReadonlyMap<string, string> = new Map();

/** The attributes of a start tag; of one that is there twice, the first. */
function attributesIn(text: string, plain: (words: string) => string): ReadonlyMap<string, string> {
  if (!text.includes('=')) return none;
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    if (!attributes.has(name!)) attributes.set(name!, plain(double ?? single!));
  return attributes;
}

/** The elements of a name within an element. */
export const childrenNamed = ({ children }: XmlElement, name: string): XmlElement[] => children.filter(child => child.name === name);

/**
 * The text of an XML file: in UTF-16 if it begins with its mark, or in the encoding that it declares, or in UTF-8.
 *
 * @throws Error as a sentence that goes on after the file's name, if the encoding is not known or the text is not of it
 */
export function xmlText(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const sixteen = /^(\xff\xfe|<\0\?\0)/.test(start) ? 'utf-16le' : /^(\xfe\xff|\0<\0\?)/.test(start) ? 'utf-16be' : undefined;
  const declared = /^[^<]*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
  const encoding = sixteen ?? declared ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error(
      `its text is not in ${encoding}${declared && !sixteen ? ', which it declares' : ''}, or that encoding is not known; save it in UTF-8`,
    );
  }
}

function character(entity: string): string | undefined {
  if (!entity.startsWith('#')) return entities[entity];
  const code = entity[1] === 'x' ? Number.parseInt(entity.slice(2), 16) : Number.parseInt(entity.slice(1), 10);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
