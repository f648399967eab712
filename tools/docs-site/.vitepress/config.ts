import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';

// Pages without a framework at run time (`mpa`): what a page needs is in its HTML, and page.js does the little that moves.
// So a page opens from disk as from a host, wherever it lies.
const pages = join(import.meta.dirname, '../.cache/pages');
const menu = JSON.parse(readFileSync(join(import.meta.dirname, '../.cache/menu.json'), 'utf8'));

/** As GitHub makes them, for links that lead to both. */
const slugify = (title: string) =>
  title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

export default defineConfig({
  title: 'wsss',
  description: 'Weakly supervised semantic segmentation in TypeScript on TensorFlow.js',
  srcDir: pages,
  outDir: join(import.meta.dirname, '../../../docs/dist'),
  cacheDir: join(import.meta.dirname, '../.cache/vitepress'),
  mpa: true,
  head: [['script', { defer: '', src: '/page.js' }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify },
    headers: { level: [2, 3], slugify },
    toc: { slugify },
    config(md) {
      const { fence } = md.renderer.rules;
      // Indented code looks as fenced code does.
      md.renderer.rules.code_block = (tokens, i, ...rest) => fence!([Object.assign(tokens[i]!, { info: 'text' })], 0, ...rest);
    },
  },
  themeConfig: {
    sidebar: menu,
    nav: [
      { text: 'Your own photographs', link: '/docs/own-photos' },
      { text: 'MCC in your model', link: '/docs/mcc-in-your-model' },
      { text: 'Recipes', link: '/docs/recipes' },
      { text: 'GitHub', link: 'https://github.com/wsss/wsss' },
    ],
    docFooter: { prev: false, next: false },
  },
  vite: { logLevel: 'warn' },
});
