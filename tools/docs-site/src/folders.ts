import { join } from 'node:path';

/** The repository. `src` and `dist`, where this is run from, lie at the same depth. */
export const root = join(import.meta.dirname, '../../..');
export const site = join(root, 'tools/docs-site');
/** The pages as Markdown, laid out as the site will be. */
export const pages = join(site, '.cache/pages');
/** The finished site. */
export const out = join(root, 'docs/dist');
/** Where files that are no pages can be read. */
export const source = 'https://github.com/wsss/wsss/blob/main';
