import { posix } from 'node:path';

/** Where links lead: pages of the site by the path of their source, and what else there is. */
export interface Places {
  /** Path of a Markdown file in the repository → path of its page among the site's sources. */
  pages: ReadonlyMap<string, string>;
  /** Whether a path of the repository is a file, a folder or nothing. */
  kind: (path: string) => 'file' | 'folder' | undefined;
  /** Address of the repository's files in the web. */
  source: string;
}

export interface Moved {
  text: string;
  /** Pictures that the page shows, by their paths in the repository. They keep them in the site. */
  pictures: string[];
}

/** Files of the repository that are addressed in the web, as the page of a package on npm has to. */
const ofRepository = /^https:\/\/(raw\.githubusercontent\.com\/wsss\/wsss|github\.com\/wsss\/wsss\/(blob|tree))\/main\//;
const picture = /\.(png|jpe?g|gif|svg|webp)$/i;

/**
 * Makes the links of a Markdown file those of its page: relative links to other pages lead to these, links to other files and folders of
 * the repository to the web. Code is left alone.
 *
 * @param path Of the file, in the repository.
 * @throws Error naming file, line and link, where there is nothing.
 */
export function moveLinks(text: string, path: string, places: Places): Moved {
  const pictures: string[] = [];
  const from = posix.dirname(places.pages.get(path)!);
  const move = (address: string, line: number): string => {
    const link = ofRepository.test(address) ? relative(posix.dirname(path), address.replace(ofRepository, '')) : address;
    if (/^([a-z][a-z+.-]*:|#|\/\/)/i.test(link)) return link;
    const [, target = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(link) as unknown as [string, string?, string?];
    const there = posix.join(posix.dirname(path), decodeURI(target)).replace(/\/$/, '');
    const kind = places.kind(there);
    if (!kind || there.startsWith('..')) throw new Error(`${path} line ${line}: the link ${link} leads to ${there}, which does not exist`);
    const page = places.pages.get(kind === 'folder' ? posix.join(there, 'README.md') : there);
    if (page !== undefined) return relative(from, page) + anchor;
    if (!picture.test(there)) return `${places.source}/${there}${anchor}`;
    pictures.push(there);
    return relative(from, there);
  };
  let fence: string | undefined;
  const lines = text.split('\n').map((line, i) => {
    const [, mark] = /^\s*(```+|~~~+)/.exec(line) ?? [];
    if (mark && (!fence || mark.startsWith(fence))) fence = fence ? undefined : mark;
    if (mark || fence) return line;
    return line
      .split(/(`+[^`]*`+)/)
      .map((part, odd) =>
        odd % 2
          ? part
          : part
              .replace(/(\]\()([^()\s]+)(\))/g, (_, open, link, close) => open + move(link, i + 1) + close)
              .replace(/(\s(?:src|href)=")([^"]+)(")/g, (_, open, link, close) => open + move(link, i + 1) + close),
      )
      .join('');
  });
  return { text: lines.join('\n'), pictures };
}

function relative(from: string, to: string): string {
  const path = posix.relative(from, to);
  return path.startsWith('.') ? path : `./${path}`;
}
