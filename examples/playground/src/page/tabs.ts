import { byId } from './elements.js';
import { hush } from './message.js';

const names = ['look', 'learn', 'home'] as const;

/** The page's three parts as tabs, by mouse and by arrow keys. */
export function startTabs(): { show(name: (typeof names)[number]): void } {
  const tab = (name: string) => byId(`tab-${name}`);
  const show = (wanted: string) => {
    hush();
    for (const name of names) {
      const isShown = name === wanted;
      tab(name).setAttribute('aria-selected', String(isShown));
      tab(name).tabIndex = isShown ? 0 : -1;
      byId(name).hidden = !isShown;
    }
  };
  for (const [i, name] of names.entries()) {
    tab(name).addEventListener('click', () => show(name));
    tab(name).addEventListener('keydown', ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (!step) return;
      const next = names[(i + step + names.length) % names.length]!;
      show(next);
      tab(next).focus();
    });
  }
  return { show };
}
