import { colored, labelColor } from './colors.js';
import { escapeHtml, linkTo, page } from './page.js';
import { dataUri, type Pixels, raw } from './pictures.js';

/** One picture of a sheet, with what was made of it. */
export interface SheetEntry {
  name: string;
  /** Thumbnails with a caption each, and the file that one leads to, relative to the page. */
  panels: readonly { uri: string; caption: string; link?: string }[];
  /** Classes found, with words about each such as its share. */
  classes: readonly { name: string; index: number; note?: string }[];
}

export interface PictureSheet {
  title: string;
  /** What the pictures were made by, in a sentence each. */
  about: readonly string[];
  entries: readonly SheetEntry[];
  /** Files that could not be read, and why. */
  failures?: readonly { name: string; reason: string }[];
  /** HTML between the description and the pictures. */
  lead?: string;
}

/** A picture that becomes a thumbnail, with its caption and the file that it leads to, relative to the page. */
export type SheetPanel = readonly [caption: string, pixels: Pixels, link?: string];

/** An entry whose panels are thumbnails of pictures. */
export async function sheetEntry(name: string, classes: SheetEntry['classes'], panels: readonly SheetPanel[]): Promise<SheetEntry> {
  const small = panels.map(async ([caption, pixels, link]) => ({ caption, uri: await thumbnail(pixels), ...(link && { link }) }));
  return { name, classes, panels: await Promise.all(small) };
}

/** A JPEG of at most 320 pixels a side as a data URI; a small picture is enlarged so that its pixels can be seen. */
async function thumbnail(pixels: Pixels): Promise<string> {
  const side = 320;
  const enlarged = Math.max(pixels.width, pixels.height) < side / 2;
  const kernel = enlarged ? 'nearest' : 'lanczos3';
  const fitted = raw(pixels).resize(side, side, { fit: 'inside', kernel, withoutEnlargement: !enlarged });
  return dataUri('jpeg', fitted.jpeg({ quality: 80 }));
}

/** A page of many pictures side by side, which can be narrowed to those that show a class. One file; opens without network. */
export function pictureSheet({ title, about, entries, failures = [], lead = '' }: PictureSheet): string {
  const counts = new Map<number, { name: string; images: number }>();
  for (const { classes } of entries)
    for (const { index, name } of classes) counts.set(index, { name, images: (counts.get(index)?.images ?? 0) + 1 });
  const buttons = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([index, { name, images }]) => {
      const text = `${colored(name, labelColor(index))} <small>${images}</small>`;
      return `<button type="button" data-class="${index}" aria-pressed="false">${text}</button>`;
    });
  const figure = ({ uri, caption, link }: SheetEntry['panels'][number], name: string) => {
    const image = `<img src="${uri}" alt="${escapeHtml(`${caption} of ${name}`)}" loading="lazy">`;
    const linked = link ? `<a href="${escapeHtml(linkTo(link))}">${image}</a>` : image;
    return `<figure>${linked}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
  };
  const cards = entries.map(({ name, panels, classes }) => {
    const note = (text = '') => text && ` <small>${escapeHtml(text)}</small>`;
    const found = classes.map(c => `<span>${colored(c.name, labelColor(c.index))}${note(c.note)}</span>`);
    const shown = `<div class="panels">${panels.map(panel => figure(panel, name)).join('')}</div>`;
    const below = `<p class="found">${found.join(' ') || '<span class="dim">nothing found</span>'}</p>`;
    return `<article data-classes="${classes.map(c => c.index).join(' ')}"><h3>${escapeHtml(name)}</h3>${shown}${below}</article>`;
  });
  const failed = failures.map(({ name, reason }) => `<li><b>${escapeHtml(name)}</b>: ${escapeHtml(reason)}</li>`);
  const filter = buttons.length ? `<div class="filter">${buttons.join('')}</div>` : '';
  return page({
    title,
    lead: `<style>${style}</style>${about.map(sentence => `<p class="dim">${escapeHtml(sentence)}</p>`).join('')}`,
    sections: [
      { title: 'Could not be read', html: failed.length ? `<ul class="bad">${failed.join('')}</ul>` : '' },
      { title: 'Scores', html: lead },
      { title: 'Pictures', html: entries.length ? `${filter}<div class="sheet">${cards.join('')}</div>` : '' },
    ],
    script,
  });
}

const style = `
.filter{display:flex;flex-wrap:wrap;gap:.4rem;margin:.5rem 0 1rem}
.filter button{font:inherit;font-size:.87rem;color:inherit;background:var(--soft);border:1px solid transparent;border-radius:1rem;
padding:.1rem .7rem;cursor:pointer}
.filter button[aria-pressed=true]{border-color:var(--link)}
.sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:1rem}
.sheet article{background:var(--soft);border-radius:.7rem;padding:.7rem}.sheet h3{margin:0 0 .4rem;font-size:.9rem;font-weight:500}
.panels{display:grid;grid-template-columns:repeat(2,1fr);gap:.4rem;align-items:start}.panels img{width:100%;display:block;border-radius:5px}
.panels figcaption{font-size:.8rem}
.charts{max-width:40rem}.found{margin:.4rem 0 0;font-size:.87rem;display:flex;flex-wrap:wrap;gap:.1rem .9rem}
`;

const script = `
const chosen = new Set();
for (const button of document.querySelectorAll('.filter button'))
  button.addEventListener('click', () => {
    const own = button.dataset.class;
    chosen.has(own) ? chosen.delete(own) : chosen.add(own);
    button.setAttribute('aria-pressed', String(chosen.has(own)));
    for (const card of document.querySelectorAll('.sheet article')) {
      const shown = card.dataset.classes.split(' ');
      card.hidden = [...chosen].some(name => !shown.includes(name));
    }
  });
`;
