import { useData } from 'vitepress';
import Theme from 'vitepress/theme-without-fonts';
import { h } from 'vue';
import './style.css';

/** The field of the search; page.js fills the list. */
const Search = () =>
  h('div', { class: 'page-search', role: 'search' }, [
    h('input', {
      type: 'search',
      placeholder: 'Search  ( / )',
      'aria-label': 'Search the documentation',
      'aria-controls': 'page-search-results',
      autocomplete: 'off',
    }),
    h('ul', { id: 'page-search-results', class: 'page-search-results', hidden: true, 'aria-label': 'Search results' }),
  ]);

/** The headings of a page, beside it. */
const Outline = () => {
  const { headers } = useData().page.value;
  if (!headers.length) return;
  type Header = (typeof headers)[number];
  const list = (items: Header[]): ReturnType<typeof h> =>
    h(
      'ul',
      items.map(({ title, slug, children }) =>
        h('li', [h('a', { href: `#${slug}` }, title), children.length ? list(children) : undefined]),
      ),
    );
  return h('nav', { class: 'page-outline', 'aria-label': 'On this page' }, [h('p', 'On this page'), list(headers)]);
};

export default {
  extends: Theme,
  Layout: () => h(Theme.Layout, null, { 'nav-bar-content-before': () => h(Search), 'aside-top': () => h(Outline) }),
};
