import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parse } from 'node-html-parser';

/** Files of a folder and all below it, relative to it. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => posix.relative(folder, posix.join(parentPath, name)));
}

/** Makes all addresses of a built site relative, so that it works wherever it lies, on disk too. */
export function makeRelative(folder: string): void {
  for (const unused of ['404.html', 'hashmap.json', 'package.json']) rmSync(join(folder, unused), { force: true });
  for (const file of filesOf(folder)) {
    if (!/\.(html|css)$/.test(file)) continue;
    const path = join(folder, file);
    writeFileSync(path, relativeAddresses(readFileSync(path, 'utf8'), file));
  }
}

/** @param file Path of the page or style sheet in the site. */
export function relativeAddresses(text: string, file: string): string {
  const from = posix.dirname(file);
  const relative = (address: string) => {
    const [, path = '', rest = ''] = /^([^#?]*)(.*)$/.exec(address) ?? [];
    const absolute = path.startsWith('/') ? path.slice(1) : posix.join(from, path);
    const target = absolute === '' || absolute.endsWith('/') ? `${absolute}index.html` : absolute;
    return `${posix.relative(from, target)}${rest}`;
  };
  if (file.endsWith('.css')) return text.replace(/url\((\/[^/)][^)]*)\)/g, (_, address) => `url(${relative(address)})`);
  return text.replace(/ (href|src)="((?!\/\/|#|[a-z][a-z+.-]*:)[^"]+)"/g, (_, name, address) => ` ${name}="${relative(address)}"`);
}

/**
 * Follows every link, picture, style and script of a site.
 *
 * @param pages Their HTML, by path. @param files Everything that there is.
 * @returns what leads nowhere, one line each.
 */
export function deadLinks(pages: ReadonlyMap<string, string>, files: ReadonlySet<string>): string[] {
  const parsed = new Map([...pages].map(([file, html]) => [file, parse(html)]));
  const anchors = new Map([...parsed].map(([file, page]) => [file, new Set(page.querySelectorAll('[id]').map(({ id }) => id))]));
  const dead = new Set<string>();
  for (const [file, page] of parsed)
    for (const element of page.querySelectorAll('[href],[src]')) {
      const address = element.getAttribute('href') ?? element.getAttribute('src')!;
      if (/^(https?:|mailto:|data:)/.test(address)) continue;
      const [, path = '', , anchor] = /^([^#?]*)(\?[^#]*)?(?:#(.*))?$/.exec(address) as unknown as [string, string?, string?, string?];
      const target = path ? posix.join(posix.dirname(file), decodeURI(path)) : file;
      if (!files.has(target)) dead.add(`${file}: ${address} leads to ${target}, which does not exist`);
      else if (anchor && !anchors.get(target)?.has(decodeURIComponent(anchor)))
        dead.add(`${file}: ${address} leads to no heading of ${target}`);
    }
  return [...dead];
}
