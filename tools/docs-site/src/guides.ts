import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Entry, entries } from './api.js';
import { pages, root, source } from './folders.js';
import { moveLinks } from './links.js';

/** A group of the menu. */
export interface MenuGroup {
  text: string;
  items: { text: string; link: string }[];
}

/** Guides in the order in which they are read. */
const guides = [
  'demo',
  'own-photos',
  'mcc-in-your-model',
  'method',
  'recipes',
  'engines',
  'parallel',
  'results',
  'performance',
  'reliability',
  'security',
  'architecture',
];
const examples = [
  'examples/pipelines',
  'examples/playground',
  'examples/swap',
  'examples/cluster',
  'tools',
  'tools/docs-site',
  'fixtures/golden',
  'packages/wasm-runtime',
];

/** Every Markdown file that becomes a page: its path in the repository → that of its page. */
export function guidePages(): Map<string, string> {
  const packages = [...new Set(entries().map(({ folder }) => `packages/${folder}`))];
  const found = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'));
  const unlisted = found.filter(name => !guides.includes(name.slice(0, -3)));
  if (unlisted.length) throw new Error(`docs/${unlisted[0]} is not in the menu: give it a place in the list of guides`);
  return new Map([
    ['README.md', 'index.md'],
    ['CONTRIBUTING.md', 'contributing.md'],
    ...guides.map(name => [`docs/${name}.md`, `docs/${name}.md`] as const),
    ...[...packages, ...examples]
      .filter(folder => existsSync(join(root, folder, 'README.md')))
      .map(folder => [`${folder}/README.md`, `${folder}/index.md`] as const),
  ]);
}

/**
 * Writes the pages of guides and packages, with the pictures that they show. The page of a package leads to its API.
 *
 * @param withOutput Puts what its programs print into a page.
 * @returns The menu.
 * @throws Error naming file, line and link where a link leads nowhere.
 */
export function writeGuides(withOutput: (text: string, path: string) => string): MenuGroup[] {
  const all = guidePages();
  const kind = (path: string) => {
    const there = statSync(join(root, path), { throwIfNoEntry: false });
    return there && (there.isDirectory() ? ('folder' as const) : ('file' as const));
  };
  const titles = new Map<string, string>();
  for (const [path, page] of all) {
    const { text, pictures } = moveLinks(readFileSync(join(root, path), 'utf8'), path, { pages: all, kind, source });
    titles.set(page, /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? path);
    write(page, withApi(withOutput(text, path), path));
    for (const picture of pictures) {
      mkdirSync(dirname(join(pages, picture)), { recursive: true });
      cpSync(join(root, picture), join(pages, picture));
    }
  }
  const item = (page: string) => ({
    text: page === 'index.md' ? 'Overview' : titles.get(page)!,
    link: `/${page.replace(/(index)?\.md$/, '')}`,
  });
  const inOrder = [...all.values()];
  return [
    { text: 'Guides', items: inOrder.filter(page => /^(index\.md|docs\/)/.test(page)).map(item) },
    { text: 'Packages', items: inOrder.filter(page => page.startsWith('packages/') && !page.includes('wasm-runtime')).map(item) },
    { text: 'API', items: entries().map(({ name, page }) => ({ text: name, link: `/${page.replace(/\.md$/, '')}` })) },
    { text: 'Examples and tools', items: inOrder.filter(page => /^(examples|tools|contributing)/.test(page)).map(item) },
  ];
}

function withApi(text: string, path: string): string {
  const own = entries().filter(({ folder }) => path === `packages/${folder}/README.md`);
  if (!own.length) return text;
  const link = ({ name, page }: Entry) => `[API of ${name}](./${page.slice(dirname(page).length + 1)})`;
  return text.replace(/^# .*\n/m, heading => `${heading}\n${own.map(link).join(' · ')}\n`);
}

function write(page: string, text: string): void {
  const target = join(pages, page);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
