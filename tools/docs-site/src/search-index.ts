import MiniSearch from 'minisearch';
import { type HTMLElement, parse } from 'node-html-parser';

/** A heading and what stands below it. */
export interface Section {
  /** Address in the site. */
  id: string;
  title: string;
  /** Title of the page. */
  page: string;
  text: string;
}

/** Headings that TypeDoc puts below every name: these are parts of a section. */
const parts = new Set([
  'Accessors',
  'Call Signature',
  'Classes',
  'Constructor',
  'Constructors',
  'Default Value',
  'Example',
  'Extended by',
  'Extends',
  'Functions',
  'Implements',
  'Inherited from',
  'Interfaces',
  'Methods',
  'Overrides',
  'Parameters',
  'Properties',
  'Returns',
  'Throws',
  'Type Aliases',
  'Type Declaration',
  'Type Parameters',
  'Variables',
]);

/** Sections of a page. @param file Its path in the site. */
export function sections(html: string, file: string): Section[] {
  const body = parse(html).querySelector('.vp-doc > div');
  const found: Section[] = [];
  for (const element of (body?.childNodes ?? []) as HTMLElement[]) {
    const text = plain(element.textContent ?? '');
    const title = text.replace(/\(\)$/, '');
    if (/^H[1-6]$/.test(element.tagName ?? '') && !parts.has(title))
      found.push({ id: found.length ? `${file}#${element.id}` : file, title, page: found[0]?.title ?? title, text: '' });
    else if (found.length && text && !/^H[1-6]$/.test(element.tagName ?? '')) found.at(-1)!.text += `${text} `;
  }
  return found;
}

/**
 * A script that gives the browser the index, `searchIndex`: with it a page that was opened from disk can search, where it may not
 * fetch.
 */
export function searchScript(all: readonly Section[]): string {
  const options = { fields: ['title', 'page', 'text'], storeFields: ['title', 'page', 'text'] };
  const index = new MiniSearch<Section>({
    ...options,
    extractField: (section, name) => section[name as keyof Section],
  });
  index.addAll(all);
  const stored = JSON.parse(JSON.stringify(index)) as { storedFields: Record<string, { text: string }> };
  for (const fields of Object.values(stored.storedFields)) fields.text = shortened(fields.text);
  return `var searchIndex = ${JSON.stringify({ index: stored, options })};\n`;
}

const plain = (text: string) =>
  text
    .replaceAll('\u200b', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
    .trim();

const shortened = (text: string) => (text.length > 140 ? `${text.slice(0, 140).replace(/\s\S*$/, '')} …` : text);
