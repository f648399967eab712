// What moves on a page: light and dark, the menu of small screens, the search. A classic script, for pages that are opened from disk.
(() => {
  const base = new URL('.', document.currentScript.src);

  for (const button of document.querySelectorAll('.VPSwitchAppearance')) {
    const show = () => {
      const dark = document.documentElement.classList.contains('dark');
      button.setAttribute('aria-checked', String(dark));
      button.setAttribute('aria-label', 'Dark colors');
    };
    button.addEventListener('click', () => {
      const dark = document.documentElement.classList.toggle('dark');
      localStorage.setItem('vitepress-theme-appearance', dark ? 'dark' : 'light');
      show();
    });
    show();
  }

  const menu = document.querySelector('.VPLocalNav .menu');
  const sidebar = document.querySelector('.VPSidebar');
  const openMenu = open => {
    sidebar?.classList.toggle('open', open);
    menu?.setAttribute('aria-expanded', String(open));
  };
  menu?.addEventListener('click', event => {
    event.stopPropagation();
    openMenu(!sidebar.classList.contains('open'));
  });
  document.addEventListener('click', event => sidebar?.contains(event.target) || openMenu(false));
  for (const link of sidebar?.querySelectorAll('a') ?? []) {
    if (link.href !== location.href.replace(/[?#].*$/, '').replace(/\/$/, '/index.html')) continue;
    link.setAttribute('aria-current', 'page');
    link.scrollIntoView({ block: 'nearest' });
  }

  const field = document.querySelector('.page-search input');
  const list = document.querySelector('.page-search-results');
  if (!field || !list) return;
  const load = name =>
    new Promise((resolve, reject) => {
      const script = document.createElement('script');
      Object.assign(script, { src: new URL(name, base).href, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  let index;
  const start = () => {
    index ??= load('minisearch.js')
      .then(() => load('search-index.js'))
      .then(() => MiniSearch.loadJS(searchIndex.index, searchIndex.options));
    return index;
  };
  const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });
  const search = async () => {
    const words = field.value.trim();
    list.hidden = !words;
    if (!words) return;
    const found = (await start()).search(words, { prefix: true, fuzzy: 0.15, boost: { title: 4, page: 2 } }).slice(0, 12);
    if (words !== field.value.trim()) return;
    const entries = found.map(({ title, page, id, text }) => {
      const link = Object.assign(document.createElement('a'), { href: new URL(id, base).href });
      link.append(element('strong', title), element('span', title === page ? text : `${page}: ${text}`));
      const item = document.createElement('li');
      item.append(link);
      return item;
    });
    list.replaceChildren(
      ...(entries.length ? entries : [Object.assign(element('li', `Nothing found for “${words}”.`), { className: 'none' })]),
    );
  };
  field.addEventListener('focus', start, { once: true });
  field.addEventListener('input', search);
  document.addEventListener('click', event => {
    if (!field.parentElement.contains(event.target)) list.hidden = true;
  });
  document.addEventListener('keydown', event => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
    } else if (event.key === 'Escape') {
      list.hidden = true;
      openMenu(false);
    } else if (event.key === 'Enter' && document.activeElement === field) list.querySelector('a')?.click();
    else if (event.key === 'ArrowDown' && document.activeElement === field) {
      event.preventDefault();
      list.querySelector('a')?.focus();
    }
  });
})();
